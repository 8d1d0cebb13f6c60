import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { present } from '../present.ts';
import { readRealms } from '../realms/realms-file.ts';
import { TRAIL_DAYS } from '../service/ports.ts';
import { SHARDS_DEFAULT } from '../table.ts';
import { Alarms, announcedWithin } from './alarms.ts';
import { Api } from './api.ts';
import { type Concurrency, concurrencyFor } from './concurrency.ts';
import { Console } from './console.ts';
import { CurfewFunction, type FunctionDefaults } from './curfew-function.ts';
import { CustomerKey } from './customer-key.ts';
import { Dashboard } from './dashboard.ts';
import { DeadLetters } from './dead-letters.ts';
import { Journal } from './journal.ts';
import { MasterSecret } from './master-secret.ts';
import type { OwnDomainProps } from './own-domain.ts';
import { SeatTable } from './seat-table.ts';
import { STATION_RATE } from './throttles.ts';
import { TIMEOUTS } from './timeouts.ts';
import { Timers } from './timers.ts';
import { Webhook, webhookRealms } from './webhook.ts';

export interface CurfewStackProps extends StackProps {
  /** `dev` goes with its data when its stack is deleted; every other stage keeps table and secret, and refuses. */
  readonly stage: string;
  /** The realms file's text, which `readRealms` has accepted. The functions carry it in their code. */
  readonly realms: string;
  /**
   * Over how many shards deadlines are spread. A shard takes about 1,000 new or moved deadlines a second, the write
   * limit of one index partition. At most 64; it may change while sessions live.
   * @default 2
   */
  readonly shards?: number;
  /** For how many days it is kept what operators did. @default 365 */
  readonly auditDays?: number;
  /** How long logs are kept. @default one month */
  readonly logRetention?: RetentionDays;
  /** Requests a second that stations may send, and twice as many at once. @default 1,000 */
  readonly stationRate?: number;
  /**
   * How many of each function may run at once, or `none` to leave that to the account. An account must keep 100 free besides
   * (a new one with a quota of 10 can reserve none), or the deployment is refused.
   * @default `none` in `dev`, `concurrencyFor` elsewhere
   */
  readonly reserve?: Partial<Concurrency> | 'none';
  /** A domain name of one's own with mutual TLS. @default API Gateway's name, without */
  readonly domain?: OwnDomainProps;
  /** Whether what is kept is encrypted with a key of the account's own. @default false, keys of the platform's */
  readonly customerKey?: boolean;
  /** Whether promises at risk call somebody. @default not in `dev`, which nobody is called for */
  readonly alarms?: boolean;
  /** Who is written to when a promise is at risk. @default nobody but whoever subscribes to the topic */
  readonly alarmEmail?: string;
  /** The address of docs/operating.md, for alarms and dashboard to say. @default its path in the repository, in words */
  readonly runbook?: string;
}

/** The whole of Curfew in one Region: a seat's conditional writes have one home. */
export class CurfewStack extends Stack {
  constructor(scope: Construct, id: string, props: CurfewStackProps) {
    const kept = props.stage !== 'dev';
    super(scope, id, {
      terminationProtection: kept,
      description: `Curfew (${props.stage}): sessions that always end`,
      ...props,
    });
    const logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
    const shards = props.shards ?? SHARDS_DEFAULT;
    const customerKey = props.customerKey === true ? new CustomerKey(this, 'CustomerKey', { kept }) : undefined;
    const reserve = props.reserve ?? (kept ? {} : 'none');
    const reserved: Partial<Concurrency> = reserve === 'none' ? {} : { ...concurrencyFor(shards), ...reserve };
    const defaults: FunctionDefaults = {
      // Without the file's line breaks and indentation, so that only a change of meaning changes the code.
      realms: JSON.stringify(JSON.parse(props.realms)),
      shards,
      logRetention,
      customerKey,
    };

    const onStationEvent = new CurfewFunction(this, 'OnStationEvent', {
      ...defaults,
      entry: 'on-station-event',
      description: 'Answers stations: login, logout, ping, activity, jobs, boot',
      timeout: TIMEOUTS.station,
      reserved: reserved.stations,
    });
    const onOperatorRequest = new CurfewFunction(this, 'OnOperatorRequest', {
      ...defaults,
      entry: 'on-operator-request',
      description: 'Answers operators: sessions, realms, stations',
      timeout: TIMEOUTS.operator,
      reserved: reserved.operators,
    });
    const failedSweeps = new DeadLetters(this, 'FailedSweeps', customerKey);
    const onSweep = new CurfewFunction(this, 'OnSweep', {
      ...defaults,
      entry: 'on-sweep',
      description: 'Announces every deadline that has passed',
      timeout: TIMEOUTS.sweep,
      reserved: reserved.sweeps,
      whenFailed: {
        // The backstop repeats a sweep anyway: a later try of this one helps nobody.
        maxEventAge: Duration.minutes(10),
        retryAttempts: 2,
        onFailure: new SqsDestination(failedSweeps),
      },
    });
    const onSeatChange = new CurfewFunction(this, 'OnSeatChange', {
      ...defaults,
      entry: 'on-seat-change',
      description: 'Turns the changes of seats into history and events',
      timeout: TIMEOUTS.journal,
      reserved: reserved.journal,
    });

    const seats = new SeatTable(this, 'Seats', { kept, customerKey });
    seats.grant(onStationEvent, { user: ['GetItem', 'Query', 'UpdateItem'], station: ['GetItem', 'UpdateItem'] });
    seats.grant(onOperatorRequest, {
      user: ['GetItem', 'BatchGetItem', 'BatchWriteItem', 'Query', 'UpdateItem'],
      station: ['GetItem', 'BatchGetItem', 'UpdateItem'],
      trail: ['BatchWriteItem', 'Query'],
      said: ['BatchGetItem', 'BatchWriteItem'],
      dueIndex: true,
      registrations: true,
    });
    seats.grant(onSweep, { user: ['BatchGetItem', 'UpdateItem'], dueIndex: true });
    seats.grant(onSeatChange, { user: ['BatchWriteItem'], station: ['UpdateItem'] });

    const auditDays = props.auditDays ?? TRAIL_DAYS;
    onOperatorRequest.addEnvironment('CURFEW_AUDIT_DAYS', String(auditDays));

    const masterSecret = new MasterSecret(this, 'MasterSecret', { kept, customerKey });
    masterSecret.grantRead(onStationEvent);
    masterSecret.grantRead(onOperatorRequest);

    const timers = new Timers(this, 'Timers', { sweep: onSweep, customerKey });
    timers.grantArm(onStationEvent);
    timers.grantArm(onSweep);

    const console = new Console(this, 'Console', { defaults, seats, auditDays });

    const journal = new Journal(this, 'Journal', { seats, onSeatChange, customerKey });
    const api = new Api(this, 'Api', {
      onStationEvent,
      onOperatorRequest,
      logRetention,
      stationRate: props.stationRate ?? STATION_RATE,
      domain: props.domain,
      customerKey,
    });

    const { realms } = readRealms(props.realms);
    const told = webhookRealms(realms.values());
    const webhook =
      told.length === 0
        ? undefined
        : new Webhook(this, 'Webhook', {
            defaults,
            bus: journal.bus,
            realms: told,
            masterSecret,
            atOnce: reserved.webhooks ?? concurrencyFor(shards).webhooks,
            reserved: reserve !== 'none',
          });

    const watched = {
      table: seats.table,
      api: api.http,
      functions: {
        stations: onStationEvent,
        sweep: onSweep,
        journal: onSeatChange,
        others: [
          onOperatorRequest,
          console.widget,
          console.end,
          ...(webhook === undefined ? [] : [webhook.onSessionEvent]),
        ],
      },
      deadLetters: {
        TimersUnfired: timers.unfired,
        FailedSweeps: failedSweeps,
        JournalUnwritten: journal.unwritten,
        ...present({ WebhookUndelivered: webhook?.undelivered }),
      },
      announcedWithin: announcedWithin([...realms.values()].map(({ sweepMs }) => sweepMs)),
      ...present({ runbook: props.runbook }),
    };
    if (props.alarms ?? kept) {
      const { topic } = new Alarms(this, 'Alarms', {
        ...watched,
        customerKey,
        ...present({ email: props.alarmEmail }),
      });
      new CfnOutput(this, 'AlarmTopic', { value: topic.topicArn, description: 'Who subscribes is told' });
    }
    new Dashboard(this, 'Watch', {
      ...watched,
      name: this.stackName,
      timerGroup: timers.group.scheduleGroupName,
      console: console.widget,
    });

    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Where stations and operators call: ApiUrl/v1/...' });
    new CfnOutput(this, 'TableName', { value: seats.table.tableName });
    new CfnOutput(this, 'BusName', { value: journal.bus.eventBusName, description: 'Where ends are announced' });
    new CfnOutput(this, 'TimerGroup', { value: timers.group.scheduleGroupName });
    const logGroups = this.node.findAll().filter((construct) => construct instanceof LogGroup);
    new CfnOutput(this, 'LogGroups', {
      value: logGroups.map(({ logGroupName }) => logGroupName).join(' '),
      description: 'Each function, and the API, logs to one: docs/operating.md, Logs',
    });
  }
}
