import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Dashboard as CloudWatchDashboard,
  Color,
  CustomWidget,
  GraphWidget,
  type GraphWidgetProps,
  type HorizontalAnnotation,
  type IMetric,
  type IWidget,
  Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { behindOf, depthOf, throttlesOf } from './alarms.ts';
import { SILENCE_EVERY } from './timers.ts';
import { type Counts, type DeadLetterQueues, PERIOD, RUNBOOK, summed, type WatchedFunctions } from './watching.ts';

export interface DashboardProps {
  readonly name: string;
  readonly counts: Counts;
  readonly table: ITableV2;
  readonly api: HttpApi;
  readonly functions: WatchedFunctions;
  readonly deadLetters: DeadLetterQueues;
  readonly timerGroup: string;
  readonly announcedWithin: Duration;
  /** The address of docs/operating.md. @default its path in the repository, in words */
  readonly runbook?: string;
  /** Whether stations that have fallen silent are counted. */
  readonly silent: boolean;
  /** Which stations are behind the sums. @default not told */
  readonly rankings?: readonly IWidget[];
  /** Shows live sessions: docs/console.md. */
  readonly console?: IFunction;
}

const PROMISES = `# Curfew
**Sessions that always end.** Arithmetic in one conditional write decides who holds a seat, and until when; timers only announce. What these graphs show may be late; seats are not.

| promise | look at |
|---|---|
| *never two*: a seat never has two holders | by construction |
| *never early*: no session ends before its policy says so | ends, by reason |
| *never late*: the seat is free after \`bound\` | refused logins, by reason |
| *never silent*: every end is announced | how late ends are announced |
| *never back from the dead*: what is late or repeated changes nothing | by construction |
`;

const WIDTH = 24;
const HALF = WIDTH / 2;
const THIRD = WIDTH / 3;

/** What operators watch: people first, then promises, then machines, then money. */
export class Dashboard extends Construct {
  readonly dashboard: CloudWatchDashboard;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { counts, table, api, deadLetters, announcedWithin } = props;
    const { stations, sweep, journal, others } = props.functions;
    const functions = [stations, sweep, journal, ...others];
    const runbook = props.runbook === undefined ? `Runbook: ${RUNBOOK}` : `[Runbook](${props.runbook})`;
    const promises = new TextWidget({ markdown: `${PROMISES}\n${runbook}`, width: WIDTH, height: 6 });
    const promised: HorizontalAnnotation = {
      value: announcedWithin.toMilliseconds(),
      label: 'promised',
      color: Color.RED,
    };
    const inMs = { label: 'ms', showUnits: false, min: 0 };
    const rows: IWidget[][] = [
      [promises],
      ...(props.console === undefined ? [] : [[liveSessions(props.console)]]),
      [
        graph('Logins', HALF, [
          counts.of('LoginOpened', 'Sum'),
          counts.of('LoginRefused', 'Sum'),
          counts.of('LoginFailed', 'Sum', { color: Color.RED }),
        ]),
        graph('Live sessions, by realm', HALF, [counts.by('realm', 'OpenSessions', 'Maximum')], { stacked: true }),
      ],
      [
        graph('Refused logins, by reason', THIRD, [counts.by('realm,reason', 'LoginRefused', 'Sum')]),
        graph('Ends, by reason', THIRD, [counts.by('realm,reason', 'SessionEnded', 'Sum')], { stacked: true }),
        graph('Take-overs, and who may not', THIRD, [
          counts.of('TakenOver', 'Sum'),
          counts.of('Forbidden', 'Sum'),
          counts.of('Unproven', 'Sum'),
        ]),
      ],
      ...(props.rankings === undefined ? [] : [[...props.rankings]]),
      ...(props.silent
        ? [[graph('Silent stations', WIDTH, [counts.of('SilentStations', 'Maximum', { period: SILENCE_EVERY })])]]
        : []),
      [
        graph('Sessions opened', THIRD, [counts.by('realm', 'SessionOpened', 'Sum')], { stacked: true }),
        graph('Sessions that have lost their seats', THIRD, [counts.by('realm,reason', 'SessionInvalidated', 'Sum')]),
        graph('Sessions resumed, by the rung before', THIRD, [counts.by('realm,reason', 'SessionResumed', 'Sum')]),
      ],
      [
        graph('How late ends are announced', THIRD, lateness(counts), { leftAnnotations: [promised], leftYAxis: inMs }),
        graph('How far the journal is behind', THIRD, [behindOf(journal)], {
          leftAnnotations: [promised],
          leftYAxis: inMs,
        }),
        graph('Overdue and unarmed slots', THIRD, [counts.of('WorstOverdueMs', 'Maximum')], {
          right: [counts.of('UnarmedSlot', 'Sum')],
        }),
      ],
      [
        graph('Sweeps', THIRD, [counts.of('SweptSessions', 'Sum'), counts.of('SweepFailed', 'Sum')], {
          right: [sweep.metricDuration({ statistic: 'Maximum', period: PERIOD })],
        }),
        graph('Items that cannot be read or break a law, panels not vacated, refusals not kept', THIRD, [
          counts.of('UnreadableItem', 'Sum'),
          counts.of('BrokenLaw', 'Sum'),
          counts.of('PanelNotVacated', 'Sum'),
          counts.of('RefusalNotKept', 'Sum'),
        ]),
        graph('Dead letters', THIRD, Object.values(deadLetters).map(depthOf)),
      ],
      [
        graph('Errors of functions', THIRD, functions.map(errorsOf)),
        graph('Throttled functions', THIRD, functions.map(throttledOf)),
        graph('Throttled requests of the table', THIRD, throttlesOf(table)),
      ],
      [
        graph('What is paid for: requests', HALF, [
          api.metricCount({ period: PERIOD, statistic: 'SampleCount', label: 'API' }),
          summed(
            'functions',
            functions.map((fn) => fn.metricInvocations({ period: PERIOD })),
          ),
          timersOf(props.timerGroup),
        ]),
        graph('What is paid for: the table', HALF, [
          table.metricConsumedReadCapacityUnits({ statistic: 'Sum', period: PERIOD }),
          table.metricConsumedWriteCapacityUnits({ statistic: 'Sum', period: PERIOD }),
        ]),
      ],
    ];
    this.dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: props.name,
      defaultInterval: Duration.hours(12),
      widgets: rows,
    });
  }
}

function graph(title: string, width: number, left: IMetric[], more: Omit<GraphWidgetProps, 'left'> = {}): GraphWidget {
  return new GraphWidget({ title, width, height: 6, left, period: PERIOD, ...more });
}

const liveSessions = (shown: IFunction): CustomWidget =>
  new CustomWidget({
    title: 'Live sessions',
    functionArn: shown.functionArn,
    width: WIDTH,
    height: 12,
    updateOnResize: false,
    updateOnTimeRangeChange: false,
  });

const lateness = (counts: Counts): Metric[] =>
  [
    ['p50', 'half are announced within'],
    ['p99', '99 of 100'],
    ['Maximum', 'the latest'],
  ].map(([statistic = '', label = '']) => counts.of('AnnouncedLateMs', statistic, { label }));

const errorsOf = (fn: IFunction): Metric => fn.metricErrors({ period: PERIOD });
const throttledOf = (fn: IFunction): Metric => fn.metricThrottles({ period: PERIOD });

const timersOf = (group: string): Metric =>
  new Metric({
    namespace: 'AWS/Scheduler',
    metricName: 'InvocationAttemptCount',
    dimensionsMap: { ScheduleGroup: group },
    statistic: 'Sum',
    period: PERIOD,
    label: 'timers',
  });
