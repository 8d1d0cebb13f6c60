import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { version } from '../version.ts';
import { Curfew, type CurfewProps } from './curfew.ts';
import { isKept } from './kept.ts';

export interface CurfewStackProps extends StackProps, CurfewProps {
  readonly stage: string;
}

/** Curfew in a stack of its own, as this repository deploys it: the construct, and outputs of what operators ask for. */
export class CurfewStack extends Stack {
  constructor(scope: Construct, id: string, props: CurfewStackProps) {
    super(scope, id, {
      terminationProtection: isKept(props.stage) && props.protect === true,
      description: `Curfew (${props.stage}): sessions that always end`,
      ...props,
      // By CloudFormation, on all that takes tags.
      tags: { 'curfew:stage': props.stage, ...props.tags },
    });
    // Of that name the CDK leaves no trace in logical names: they are those of the time when all this was the stack itself.
    const curfew = new Curfew(this, 'Default', props);
    if (curfew.alarmTopic !== undefined) {
      new CfnOutput(this, 'AlarmTopic', { value: curfew.alarmTopic.topicArn, description: 'Who subscribes is told' });
    }
    new CfnOutput(this, 'ApiUrl', {
      value: curfew.url,
      description: 'Where stations and operators call: ApiUrl/v1/...',
    });
    const { region } = this;
    new CfnOutput(this, 'DashboardUrl', {
      value: `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${curfew.dashboard.dashboardName}`,
    });
    new CfnOutput(this, 'MasterSecretArn', {
      value: curfew.masterSecretArn,
      description: "What stations' keys derive from: docs/keys.md",
    });
    if (curfew.webhookQueueUrl !== undefined) {
      new CfnOutput(this, 'WebhookQueueUrl', {
        value: curfew.webhookQueueUrl,
        description: 'Where letters go back to: docs/operating.md, Dead letters',
      });
    }
    new CfnOutput(this, 'Version', { value: version(), description: 'Which Curfew this is' });
    new CfnOutput(this, 'TableName', { value: curfew.table.tableName });
    new CfnOutput(this, 'BusName', { value: curfew.bus.eventBusName, description: 'Where ends are announced' });
    new CfnOutput(this, 'TimerGroup', { value: curfew.timerGroup });
    new CfnOutput(this, 'LogGroups', {
      value: curfew.logGroups.map(({ logGroupName }) => logGroupName).join(' '),
      description: 'Each function, and the API, logs to one: docs/operating.md, Logs',
    });
  }
}
