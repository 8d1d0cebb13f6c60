import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  type IScheduleTarget,
  Schedule,
  ScheduleExpression,
  ScheduleGroup,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { CurfewFunction } from './curfew-function.ts';
import type { CustomerKey } from './customer-key.ts';
import { DeadLetters } from './dead-letters.ts';

/** How long a deadline may go unannounced when its timer was lost. */
const BACKSTOP_EVERY = Duration.minutes(5);

/** A day's silence is no matter of minutes. */
export const SILENCE_EVERY = Duration.hours(1);

interface TimersProps {
  /** What a timer fires. */
  readonly sweep: CurfewFunction;
  /** Whether it counts stations that have fallen silent, every hour. */
  readonly silent: boolean;
  readonly customerKey: CustomerKey | undefined;
}

/** The group that holds the timers, the role in which the Scheduler fires them, and the recurring backstop. */
export class Timers extends Construct {
  readonly group: ScheduleGroup;
  private readonly sweep: CurfewFunction;
  private readonly role: Role;
  /** What the Scheduler could not fire. */
  readonly unfired: DeadLetters;

  constructor(scope: Construct, id: string, props: TimersProps) {
    super(scope, id);
    this.sweep = props.sweep;
    // Deleted with the stack: a retained group would be in the way of the next deployment, and a timer whose sweep
    // function is gone announces nothing.
    this.group = new ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
    this.unfired = new DeadLetters(this, 'Unfired', props.customerKey);

    this.role = new Role(this, 'Role', {
      description: 'The Scheduler fires sweeps in this role',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Stack.of(this).account,
            'aws:SourceArn': this.group.scheduleGroupArn,
          },
        },
      }),
    });
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.sweep.functionArn] }),
    );
    this.unfired.grantSendMessages(this.role);
    // Not the CDK's own target, which would let the role invoke every version of the function too.
    const target = (input: object): IScheduleTarget => ({
      bind: () => ({
        arn: this.sweep.functionArn,
        role: this.role,
        input: ScheduleTargetInput.fromObject(input),
        deadLetterConfig: { arn: this.unfired.queueArn },
        // Older than that, the next one is there.
        retryPolicy: { maximumEventAgeInSeconds: BACKSTOP_EVERY.toSeconds(), maximumRetryAttempts: 2 },
      }),
    });
    new Schedule(this, 'Backstop', {
      description: 'Sweeps every shard, whatever became of the timers',
      scheduleGroup: this.group,
      schedule: ScheduleExpression.rate(BACKSTOP_EVERY),
      target: target({ backstop: true }),
    });
    if (!props.silent) return;
    new Schedule(this, 'Silence', {
      description: 'Counts stations that have fallen silent',
      scheduleGroup: this.group,
      schedule: ScheduleExpression.rate(SILENCE_EVERY),
      target: target({ silence: true }),
    });
  }

  /** Lets the function create timers in this group, to be fired in this role, and tells it how. */
  grantArm(fn: CurfewFunction): void {
    fn.addEnvironment('CURFEW_TIMER_GROUP', this.group.scheduleGroupName);
    fn.addEnvironment('CURFEW_TIMER_ROLE_ARN', this.role.roleArn);
    fn.addEnvironment('CURFEW_TIMER_DLQ_ARN', this.unfired.queueArn);
    // The sweep knows its own ARN from its context; in its environment it would be a circle.
    if (fn !== this.sweep) fn.addEnvironment('CURFEW_SWEEP_ARN', this.sweep.functionArn);

    const timer = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${this.group.scheduleGroupName}/*`,
    });
    fn.allow(['scheduler:CreateSchedule'], timer);
    const found = `arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/${this.group.scheduleGroupName}/*`;
    Validations.of(fn.role ?? fn).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${found}]`,
      reason: 'A timer is named when it is made, after its shard and slot; its group holds nothing but timers.',
    });
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
  }
}
