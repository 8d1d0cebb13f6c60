import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  type AlarmBase,
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
import { SILENCE_EVERY } from './timers.ts';
import { type Counts, type DeadLetterQueues, PERIOD, RUNBOOK, summed, type WatchedFunctions } from './watching.ts';

export interface AlarmsProps {
  /** Of the deployment. */
  readonly name: string;
  readonly counts: Counts;
  readonly table: ITableV2;
  readonly api: HttpApi;
  readonly functions: WatchedFunctions;
  readonly deadLetters: DeadLetterQueues;
  /** The longest that an announcement takes while only the backstop works: see `announcedWithin`. */
  readonly announcedWithin: Duration;
  /** Whether stations that have fallen silent are counted. */
  readonly silent: boolean;
  readonly customerKey: CustomerKey | undefined;
  /** Who is written to; nobody but the topic's subscribers where it is absent. */
  readonly email?: string;
  /** The address of docs/operating.md. @default its path in the repository, in words */
  readonly runbook?: string;
}

/** The backstop's interval, the longest slot of any realm, and two minutes for the sweep, the stream and the bus. */
export const announcedWithin = (sweepsMs: readonly number[]): Duration =>
  Duration.minutes(5 + 2).plus(Duration.millis(Math.max(0, ...sweepsMs)));

/**
 * In five minutes. One station with a wrong key stays below, though people try there every few seconds: it is found by its
 * log, and no attack. One delivery a second, for a quarter of an hour, is more than that.
 */
const UNPROVEN_MAX = 300;

/** In five minutes. A station that has mixed something up says so as often as it pings; who tries handles needs dozens. */
const FORBIDDEN_MAX = 60;

interface Watched {
  /** Its article's heading in docs/operating.md. */
  readonly article: string;
  readonly says: string;
  readonly metric: IMetric;
  /** It is bad above this. */
  readonly above: number;
  /** So many of the last so many periods. */
  readonly of?: readonly [bad: number, periods: number];
  /** What it means that nothing was counted. @default that nothing has happened, as at night */
  readonly silence?: 'bad';
}

/**
 * One alarm for each promise that may be at risk. What has a cause in common calls once: that sessions are announced late,
 * or that people cannot log in; what has not calls by itself. A seat is free on time whatever these say.
 */
export class Alarms extends Construct {
  readonly topic: Topic;
  private readonly name: string;
  private readonly runbook: string | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.name = props.name;
    this.runbook = props.runbook;
    this.topic = new Topic(this, 'Topic', {
      displayName: props.name,
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

    const { counts, functions } = props;
    this.callTogether('AnnouncedLate', 'Ends are announced late. Seats are free on time all the same.', [
      this.watch('LateAnnouncement', {
        article: 'announcements-are-late',
        says: 'a change of rung was announced later than promised',
        metric: counts.of('AnnouncedLateMs', 'Maximum'),
        above: props.announcedWithin.toMilliseconds(),
      }),
      this.watch('JournalBehind', {
        article: 'announcements-are-late',
        says: 'the journal is behind: history or the bus does not take what it is told',
        metric: behindOf(functions.journal),
        above: props.announcedWithin.toMilliseconds(),
      }),
      this.watch('OverdueSession', {
        article: 'a-session-is-overdue',
        says: 'sessions whose time is up wait for their announcement run after run of the backstop, or it does not run',
        metric: counts.of('WorstOverdueMs', 'Maximum'),
        above: PERIOD.toMilliseconds(),
        // The backstop says 0 where all is well. All of three: between two runs there may be a period without one.
        of: [3, 3],
        silence: 'bad',
      }),
      this.watch('UnarmedSlots', {
        article: 'timers-are-not-armed',
        says: 'timers cannot be armed, again and again: only the backstop announces',
        metric: counts.of('UnarmedSlot', 'Sum'),
        above: 0,
        // On a quiet site, no more than one every now and then is tried.
        of: [2, 6],
      }),
      this.watch('AnnouncersFail', {
        article: 'functions-fail',
        says: 'the sweep or the journal throws or is throttled, and goes on doing so',
        metric: summed('failures', [functions.sweep, functions.journal].flatMap(failuresOf)),
        above: 0,
        of: [2, 3],
      }),
    ]);
    this.callTogether('NotAnswering', 'Stations are not answered: people cannot log in.', [
      this.watch('LoginsFail', {
        article: 'nobody-can-log-in',
        says: 'more than a tenth of all logins fail on our side',
        metric: failedLogins(counts),
        above: 10,
        of: [2, 3],
      }),
      this.watch('RequestsFail', {
        article: 'nobody-can-log-in',
        says: 'more than a tenth of all requests fail on our side',
        metric: failedRequests(props.api),
        above: 10,
        of: [2, 3],
      }),
      this.watch('StationsFail', {
        article: 'functions-fail',
        says: 'the function that answers stations throws or is throttled, and goes on doing so',
        metric: summed('failures', failuresOf(functions.stations)),
        above: 0,
        of: [2, 3],
      }),
      this.watch('TableThrottled', {
        article: 'the-table-is-throttled',
        says: 'the table refuses requests: one partition of it or of its index is too hot',
        metric: summed('throttled', throttlesOf(props.table)),
        above: 0,
        of: [2, 3],
      }),
    ]);
    const alone = [
      this.watch('UnreadableItems', {
        article: 'an-item-cannot-be-read',
        says: 'an item of the table cannot be read, and nobody announces what it means',
        metric: counts.of('UnreadableItem', 'Sum'),
        above: 0,
      }),
      this.watch('OthersFail', {
        article: 'operators-or-webhooks-fail',
        says: 'a function for operators, the console or webhooks throws or is throttled, and goes on doing so',
        metric: summed('failures', functions.others.flatMap(failuresOf)),
        above: 0,
        of: [2, 3],
      }),
      this.watch('ManyUnproven', {
        article: 'somebody-tries-keys-or-handles',
        says: 'many deliveries do not prove who they are from: keys are tried, or many stations have a wrong one',
        metric: counts.of('Unproven', 'Sum'),
        above: UNPROVEN_MAX,
        of: [3, 3],
      }),
      this.watch('ManyForbidden', {
        article: 'somebody-tries-keys-or-handles',
        says: 'stations speak again and again of sessions or stations that are not theirs',
        metric: counts.of('Forbidden', 'Sum'),
        above: FORBIDDEN_MAX,
        of: [2, 3],
      }),
      ...(props.silent
        ? [
            this.watch('StationsSilent', {
              article: 'stations-are-silent',
              says: 'at a station where somebody is every day nobody has been for a day',
              metric: counts.of('SilentStations', 'Maximum', { period: SILENCE_EVERY }),
              above: 0,
              // The hours of the count are not those of the clock: of two there is one in which it was counted.
              of: [1, 2],
            }),
          ]
        : []),
      // One each: what lies in one queue would hide what comes into another.
      ...Object.entries(props.deadLetters).map(([name, queue]) =>
        this.watch(`DeadLetters${name}`, {
          article: 'dead-letters',
          says: `something could not be done and waits for a person, in ${name}`,
          metric: depthOf(queue),
          above: 0,
        }),
      ),
    ];
    for (const alarm of alone) this.call(alarm);
  }

  private watch(id: string, { article, says, metric, above, of: [bad, periods] = [1, 1], silence }: Watched): Alarm {
    return new Alarm(this, id, {
      alarmDescription: `Curfew: ${says}. What to do: ${this.read(article)}`,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      datapointsToAlarm: bad,
      evaluationPeriods: periods,
      treatMissingData: silence === 'bad' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }

  private callTogether(id: string, says: string, alarms: readonly Alarm[]): void {
    const alarm = new CompositeAlarm(this, id, {
      // The CDK would name it after its place in the stack, the same in each stage.
      compositeAlarmName: `${this.name}-${id}`,
      alarmDescription: `Curfew: ${says} The alarms below say why. ${this.read('alarms')}`,
      alarmRule: AlarmRule.anyOf(...alarms),
    });
    this.call(alarm);
  }

  /** Whoever is called is also told when it is over. */
  private call(alarm: AlarmBase): void {
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
  }

  private read(article: string): string {
    return this.runbook === undefined ? `${RUNBOOK}, #${article}` : `${this.runbook}#${article}`;
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

/** How long what it has read last had waited for it: of a record that must come again, ever longer. */
export const behindOf = (journal: IFunction): Metric =>
  journal.metric('IteratorAge', { statistic: 'Maximum', period: PERIOD });

/** In per cent of all logins, from three that fail in a period on: one may be an accident. */
const failedLogins = (counts: Counts): MathExpression =>
  new MathExpression({
    expression: 'IF(failed >= 3, 100 * failed / (failed + FILL(opened, 0) + FILL(refused, 0)), 0)',
    label: 'failed logins, %',
    usingMetrics: {
      failed: counts.of('LoginFailed', 'Sum'),
      opened: counts.of('LoginOpened', 'Sum'),
      refused: counts.of('LoginRefused', 'Sum'),
    },
    period: PERIOD,
  });

/** In per cent of all requests, once there are enough to speak of. */
const failedRequests = (api: HttpApi): MathExpression =>
  new MathExpression({
    expression: 'IF(all >= 20, 100 * failed / all, 0)',
    label: 'failed requests, %',
    usingMetrics: {
      all: api.metricCount({ period: PERIOD, statistic: 'SampleCount' }),
      failed: api.metricServerError({ period: PERIOD, statistic: 'Sum' }),
    },
    period: PERIOD,
  });
