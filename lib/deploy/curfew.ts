import { Annotations, Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Dashboard as CloudWatchDashboard, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { present } from '../present.ts';
import { compile } from '../realms/compiled.ts';
import { readRealms } from '../realms/realms-file.ts';
import { type Metric as Counted, TRAIL_DAYS } from '../service/ports.ts';
import { SHARDS_DEFAULT } from '../table.ts';
import { Alarms, announcedWithin } from './alarms.ts';
import { Api } from './api.ts';
import { type Concurrency, concurrencyFor } from './concurrency.ts';
import { Console } from './console.ts';
import { CurfewFunction, type FunctionDefaults } from './curfew-function.ts';
import { CustomerKey } from './customer-key.ts';
import { Dashboard } from './dashboard.ts';
import { DeadLetters } from './dead-letters.ts';
import { Insights } from './insights.ts';
import { Journal } from './journal.ts';
import { isKept } from './kept.ts';
import { MasterSecret } from './master-secret.ts';
import type { OwnDomainProps } from './own-domain.ts';
import { showPolicies } from './policies-shown.ts';
import { type ExistingTable, SeatTable } from './seat-table.ts';
import { STATION_RATE } from './throttles.ts';
import { TIMEOUTS } from './timeouts.ts';
import { Timers } from './timers.ts';
import { Counts, namespaceOf } from './watching.ts';
import { Webhook, webhookRealms } from './webhook.ts';

export interface CurfewProps {
  /**
   * The realms file: its text, or the same as an object. One that contradicts itself is refused at synth, each fault in a
   * line. The functions carry it beside their code.
   */
  readonly realms: string | object;
  /**
   * Names the deployment, `curfew-<stage>`: bus, API, dashboard and key, once in an account and Region. `dev` goes with its
   * data when its stack is deleted; every other stage keeps table and secret. 1 to 31 of `a-z`, `0-9` and `-`.
   * @default 'prod'
   */
  readonly stage?: string;
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
  /**
   * Whether the table, and a `CurfewStack` with it, refuses to be deleted. Not at the first deployment: a stack that could not
   * be created would refuse too, and so be in the way of the next try. Never in `dev`.
   * @default false
   */
  readonly protect?: boolean;
  /**
   * A table that there is already: restored, or brought along. It keeps what it has, and the stack neither changes nor deletes
   * it (docs/recovering.md). @default the stack makes one
   */
  readonly existingTable?: ExistingTable;
  /** A master secret that there is already, so that stations keep their keys. @default the stack makes one */
  readonly masterSecretArn?: string;
  /** A domain name of one's own with mutual TLS. @default API Gateway's name, without */
  readonly domain?: OwnDomainProps;
  /** Whether what is kept is encrypted with a key of the account's own. @default false, keys of the platform's */
  readonly customerKey?: boolean;
  /** Whether promises at risk call somebody. @default not in `dev`, which nobody is called for */
  readonly alarms?: boolean;
  /** Who is written to when a promise is at risk. @default nobody but whoever subscribes to the topic */
  readonly alarmEmail?: string;
  /** Whether the dashboard ranks stations, by those that are refused most and those that say most. @default false, for each rule is paid for */
  readonly insights?: boolean;
  /** Whether it is counted every hour, and an alarm, that stations which speak daily have been silent for a day. @default false */
  readonly silent?: boolean;
  /** The address of docs/operating.md, for alarms and dashboard to say. @default its path in the repository, in words */
  readonly runbook?: string;
}

/** What is a stage's name. */
export const STAGE = /^[a-z][a-z0-9-]{0,30}$/;

/**
 * The whole of Curfew in one Region, for a seat's conditional writes have one home: in a stack of its own, or among what
 * else a stack has. What other constructs need of it are its members.
 */
export class Curfew extends Construct {
  /** The API that stations and operators call. */
  readonly api: HttpApi;
  /** Where they call it, without a slash at its end: `${url}/v1/...`. */
  readonly url: string;
  /** Seats, panels, stations and history, laid out as docs/mechanism.md says. Others read it; only Curfew writes. */
  readonly table: ITableV2;
  /** Where each change of a session is announced, `source` `curfew` (docs/api.md, Events on the bus). */
  readonly bus: EventBus;
  /** Whom alarms tell. @default undefined, where `alarms` is off */
  readonly alarmTopic: Topic | undefined;
  readonly dashboard: CloudWatchDashboard;
  /** Of what stations' keys derive from. */
  readonly masterSecretArn: string;
  /** What waits for the receivers of webhooks. @default undefined, where no realm has one */
  readonly webhookQueueUrl: string | undefined;
  /** The Scheduler's group that holds the timers. */
  readonly timerGroup: string;
  /** Each function's, and the API's. */
  readonly logGroups: readonly LogGroup[];
  private readonly console: Console;
  private readonly counts: Counts;

  constructor(scope: Construct, id: string, props: CurfewProps) {
    super(scope, id);
    const stage = props.stage ?? 'prod';
    if (!STAGE.test(stage)) {
      throw new Error(`stage "${stage}" must be 1 to 31 of a-z, 0-9 and "-", and begin with a letter`);
    }
    const name = `curfew-${stage}`;
    const kept = isKept(stage);
    if (kept && props.protect !== true) {
      Annotations.of(this).addInfo(
        `${name} is not protected from deletion; once it is deployed, say so with protect: true`,
      );
    }
    this.counts = new Counts(namespaceOf(stage));
    // An object's text has no line breaks and no indentation, so that only a change of meaning changes the functions.
    const text = typeof props.realms === 'string' ? props.realms : JSON.stringify(props.realms);
    const { realms, dialects, errors, warnings } = readRealms(text);
    if (errors.length > 0)
      throw new Error(`the realms are refused:\n${errors.map(({ message }) => message).join('\n')}`);
    for (const { message } of warnings) Annotations.of(this).addWarningV2('curfew:realms', message);

    showPolicies(this, name, text, realms.values());

    const logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
    const shards = props.shards ?? SHARDS_DEFAULT;
    const customerKey = props.customerKey === true ? new CustomerKey(this, 'CustomerKey', { name, kept }) : undefined;
    const reserve = props.reserve ?? (kept ? {} : 'none');
    const reserved: Partial<Concurrency> = reserve === 'none' ? {} : { ...concurrencyFor(shards), ...reserve };
    const defaults: FunctionDefaults = {
      realms: compile({ realms, dialects }),
      namespace: namespaceOf(stage),
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

    const seats = new SeatTable(this, 'Seats', {
      kept,
      protect: props.protect === true,
      customerKey,
      existing: props.existingTable,
    });
    seats.grant(onStationEvent, { user: ['GetItem', 'Query', 'UpdateItem'], station: ['GetItem', 'UpdateItem'] });
    seats.grant(onOperatorRequest, {
      user: ['GetItem', 'BatchGetItem', 'BatchWriteItem', 'Query', 'UpdateItem'],
      station: ['GetItem', 'BatchGetItem', 'Query', 'UpdateItem'],
      trail: ['BatchWriteItem', 'Query'],
      said: ['BatchGetItem', 'BatchWriteItem'],
      dueIndex: true,
      registrations: true,
    });
    seats.grant(onSweep, { user: ['BatchGetItem', 'UpdateItem'], dueIndex: true });
    seats.grant(onSeatChange, { user: ['BatchWriteItem'], station: ['UpdateItem'] });

    const auditDays = props.auditDays ?? TRAIL_DAYS;
    onOperatorRequest.addEnvironment('CURFEW_AUDIT_DAYS', String(auditDays));

    const masterSecret = new MasterSecret(this, 'MasterSecret', {
      kept,
      customerKey,
      existingArn: props.masterSecretArn,
    });
    masterSecret.grantRead(onStationEvent);
    masterSecret.grantRead(onOperatorRequest);

    const silent = props.silent === true;
    const timers = new Timers(this, 'Timers', { sweep: onSweep, silent, customerKey });
    timers.grantArm(onStationEvent);
    timers.grantArm(onSweep);

    this.console = new Console(this, 'Console', { defaults, seats, auditDays });

    const journal = new Journal(this, 'Journal', { name, seats, onSeatChange, customerKey });
    const api = new Api(this, 'Api', {
      name,
      onStationEvent,
      onOperatorRequest,
      logRetention,
      stationRate: props.stationRate ?? STATION_RATE,
      domain: props.domain,
      customerKey,
    });

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
      name,
      counts: this.counts,
      table: seats.table,
      api: api.http,
      functions: {
        stations: onStationEvent,
        sweep: onSweep,
        journal: onSeatChange,
        others: [
          onOperatorRequest,
          this.console.widget,
          this.console.end,
          ...(webhook === undefined ? [] : [webhook.onSessionEvent]),
        ],
      },
      deadLetters: {
        TimersUnfired: timers.unfired,
        FailedSweeps: failedSweeps,
        JournalUnwritten: journal.unwritten,
        ...present({ WebhookUndelivered: webhook?.undelivered }),
      },
      silent,
      announcedWithin: announcedWithin([...realms.values()].map(({ sweepMs }) => sweepMs)),
      ...present({ runbook: props.runbook }),
    };
    this.alarmTopic =
      (props.alarms ?? kept)
        ? new Alarms(this, 'Alarms', { ...watched, customerKey, ...present({ email: props.alarmEmail }) }).topic
        : undefined;
    const insights =
      props.insights === true ? new Insights(this, 'Insights', { name, logGroup: onStationEvent.logGroup }) : undefined;
    this.dashboard = new Dashboard(this, 'Watch', {
      ...watched,
      ...present({ rankings: insights?.widgets }),
      timerGroup: timers.group.scheduleGroupName,
      console: this.console.widget,
    }).dashboard;
    this.api = api.http;
    this.url = api.url;
    this.table = seats.table;
    this.masterSecretArn = masterSecret.arn;
    this.webhookQueueUrl = webhook?.queueUrl;
    this.bus = journal.bus;
    this.timerGroup = timers.group.scheduleGroupName;
    this.logGroups = this.node.findAll().filter((construct) => construct instanceof LogGroup);
  }

  /** Lets people, or a function of theirs, see sessions, users, realms, stations and the trail: by the API and on the dashboard. */
  grantLook(grantee: IGrantable): Grant {
    return this.grant(grantee, this.api.arnForExecuteApi('GET', '/v1/*', '$default'), this.console.widget);
  }

  /** Lets them end sessions, for a reason that they give. It comes on top of `grantLook`. */
  grantEnd(grantee: IGrantable): Grant {
    return this.grant(grantee, this.api.arnForExecuteApi('DELETE', '/v1/sessions/*', '$default'), this.console.end);
  }

  private grant(grantee: IGrantable, api: string, fn: CurfewFunction): Grant {
    const grant = Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns: [api] });
    return grant.combine(
      Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: [fn.functionArn] }),
    );
  }

  /**
   * A number that Curfew counts (docs/operating.md, Metrics), to draw or to be called by.
   * @param options `dimensionsMap` has `realm`, and `reason` where that is told; by default all realms together.
   * `statistic` is by default `Sum`, and `Maximum` of lengths and levels
   */
  metricOf(name: Counted, options: MetricOptions = {}): Metric {
    return this.counts.of(name, /Ms$|^OpenSessions$/.test(name) ? 'Maximum' : 'Sum', options);
  }
}
