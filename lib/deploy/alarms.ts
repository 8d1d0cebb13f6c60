import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  AlarmRule,
  ComparisonOperator,
  CompositeAlarm,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { present } from '../present.ts';
import { TABLE } from '../table.ts';
import type { CustomerKey } from './customer-key.ts';
import { counted, PERIOD, summed } from './watching.ts';

export interface AlarmsProps {
  readonly table: ITableV2;
  readonly api: HttpApi;
  readonly functions: readonly IFunction[];
  readonly deadLetters: readonly IQueue[];
  /** The longest that an announcement takes while only the backstop works: see `announcedWithin`. */
  readonly announcedWithin: Duration;
  readonly customerKey: CustomerKey | undefined;
  /** Who is written to; nobody but the topic's subscribers where it is absent. */
  readonly email?: string;
  /** Where docs/operating.md can be read. @default its path in the repository */
  readonly runbook?: string;
}

/** The backstop's interval, the longest slot of any realm, and two minutes for the sweep, the stream and the bus. */
export const announcedWithin = (sweepsMs: readonly number[]): Duration =>
  Duration.minutes(5 + 2).plus(Duration.millis(Math.max(0, ...sweepsMs)));

interface Watched {
  /** Its article's heading in docs/operating.md. */
  readonly article: string;
  readonly says: string;
  readonly metric: IMetric;
  /** It is bad above this. */
  readonly above: number;
  /** So many of the last so many periods. */
  readonly of?: readonly [bad: number, periods: number];
}

/**
 * One alarm for each promise that may be at risk. What has a cause in common calls once: that sessions are announced late,
 * or that people cannot log in. A seat is free on time whatever these say.
 */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: readonly Alarm[];
  private readonly runbook: string;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.runbook = props.runbook ?? 'docs/operating.md';
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Curfew',
      enforceSSL: true,
      ...present({ masterKey: props.customerKey?.key }),
    });
    props.customerKey?.grantService('cloudwatch.amazonaws.com');
    if (props.customerKey === undefined) {
      // CloudWatch may not use the platform's own key of the topic.
      const reason = 'What an alarm says names no user and no station; with a customer key the topic is encrypted too.';
      Validations.of(this.topic).acknowledge({ id: 'AwsSolutions-SNS2', reason });
    }
    // A topic with a policy of its own, as `enforceSSL` makes it, has lost the one that lets its account in.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));

    const late = this.watch('LateAnnouncement', {
      article: 'announcements-are-late',
      says: 'a change of rung was announced later than promised',
      metric: counted('AnnouncedLateMs', 'Maximum'),
      above: props.announcedWithin.toMilliseconds(),
    });
    const overdue = this.watch('OverdueSession', {
      article: 'a-session-is-overdue',
      says: 'a session whose time is up has not been announced, and the backstop before did not see to it',
      metric: counted('WorstOverdueMs', 'Maximum'),
      above: PERIOD.toMilliseconds(),
      of: [2, 2],
    });
    const unarmed = this.watch('UnarmedSlots', {
      article: 'timers-are-not-armed',
      says: 'timers could not be armed, and still cannot: only the backstop announces',
      metric: counted('UnarmedSlot', 'Sum'),
      above: 0,
      of: [2, 2],
    });
    const letters = this.watch('DeadLetters', {
      article: 'dead-letters',
      says: 'something could not be done and waits for a person',
      metric: summed('dead letters', props.deadLetters.map(depthOf)),
      above: 0,
    });
    const failing = this.watch('FunctionsFail', {
      article: 'functions-fail',
      says: 'functions throw or are throttled, and go on doing so',
      metric: summed('failures', props.functions.flatMap(failuresOf)),
      above: 0,
      of: [2, 3],
    });
    const throttled = this.watch('TableThrottled', {
      article: 'the-table-is-throttled',
      says: 'the table refuses requests: one partition of it or of its index is too hot',
      metric: summed('throttled', throttlesOf(props.table)),
      above: 0,
      of: [2, 3],
    });
    const faults = this.watch('LoginsFail', {
      article: 'nobody-can-log-in',
      says: 'more than a tenth of all requests fail on our side',
      metric: faultsOf(props.api),
      above: 10,
      of: [2, 3],
    });
    this.all = [late, overdue, unarmed, letters, failing, throttled, faults];

    this.call('AnnouncedLate', 'Ends are announced late. Seats are free on time all the same.', [
      late,
      overdue,
      unarmed,
    ]);
    this.call('NotAnswering', 'Stations are not answered: people cannot log in.', [faults, throttled, failing]);
    letters.addAlarmAction(new SnsAction(this.topic));
  }

  private watch(id: string, { article, says, metric, above, of: [bad, periods] = [1, 1] }: Watched): Alarm {
    return new Alarm(this, id, {
      alarmDescription: `Curfew: ${says}. What to do: ${this.runbook}#${article}`,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      datapointsToAlarm: bad,
      evaluationPeriods: periods,
      // Nothing is counted where nothing happens, at night.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  private call(id: string, says: string, alarms: readonly Alarm[]): void {
    const alarm = new CompositeAlarm(this, id, {
      alarmDescription: `Curfew: ${says} The alarms below say why. ${this.runbook}#alarms`,
      alarmRule: AlarmRule.anyOf(...alarms),
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
  }
}

export const depthOf = (queue: IQueue): Metric =>
  queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: PERIOD });

export const failuresOf = (fn: IFunction): Metric[] => [
  fn.metricErrors({ period: PERIOD }),
  fn.metricThrottles({ period: PERIOD }),
];

/** Of the table and of its index: a hot index throttles the table's own writes. */
export const throttlesOf = (table: ITableV2): Metric[] =>
  ['ReadThrottleEvents', 'WriteThrottleEvents'].flatMap((metricName) =>
    [{}, { GlobalSecondaryIndexName: TABLE.dueIndex.name }].map(
      (of) =>
        new Metric({
          namespace: 'AWS/DynamoDB',
          metricName,
          dimensionsMap: { TableName: table.tableName, ...of },
          statistic: 'Sum',
          period: PERIOD,
        }),
    ),
  );

/** In per cent of all requests, once there are enough to speak of. */
const faultsOf = (api: HttpApi): MathExpression =>
  new MathExpression({
    expression: 'IF(all >= 20, 100 * failed / all, 0)',
    label: 'failed requests, %',
    usingMetrics: {
      all: api.metricCount({ period: PERIOD, statistic: 'SampleCount' }),
      failed: api.metricServerError({ period: PERIOD, statistic: 'Sum' }),
    },
    period: PERIOD,
  });
