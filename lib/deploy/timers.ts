import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { CurfewFunction } from './curfew-function.ts';
import { DeadLetters } from './dead-letters.ts';

/** How long a deadline may go unannounced when its timer was lost. */
const BACKSTOP_EVERY = Duration.minutes(5);

interface TimersProps {
  /** What a timer fires. */
  readonly sweep: CurfewFunction;
}

/** The group that holds the timers, the role in which the Scheduler fires them, and the recurring backstop. */
export class Timers extends Construct {
  readonly group: ScheduleGroup;
  private readonly sweep: CurfewFunction;
  private readonly role: Role;
  private readonly unfired: DeadLetters;

  constructor(scope: Construct, id: string, props: TimersProps) {
    super(scope, id);
    this.sweep = props.sweep;
    // Deleted with the stack: a retained group would be in the way of the next deployment, and a timer whose sweep
    // function is gone announces nothing.
    this.group = new ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
    this.unfired = new DeadLetters(this, 'Unfired');

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
    // Besides what it says, this lets the role invoke the sweep and write to the queue, as every timer needs.
    new Schedule(this, 'Backstop', {
      description: 'Sweeps every shard, whatever became of the timers',
      scheduleGroup: this.group,
      schedule: ScheduleExpression.rate(BACKSTOP_EVERY),
      target: new LambdaInvoke(props.sweep, {
        role: this.role,
        input: ScheduleTargetInput.fromObject({ backstop: true }),
        deadLetterQueue: this.unfired,
        // Older than that, the next one is there.
        maxEventAge: BACKSTOP_EVERY,
        retryAttempts: 2,
      }),
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
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
  }
}
