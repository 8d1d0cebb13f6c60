/** What operators watch, and what calls them. */
import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test, vi } from 'vitest';
import { announcedWithin } from '../../lib/deploy/alarms.ts';
import { propertiesIn, useSynth } from './synth.ts';

// A stack takes a second or two to make, on a busy machine more.
vi.setConfig({ testTimeout: 30_000 });
const { templateOf } = useSynth();
const prod = templateOf('prod', {
  alarmEmail: 'print@example.org',
  runbook: 'https://example.org/operating.md',
  silent: true,
});
const alarms = propertiesIn(prod, 'AWS::CloudWatch::Alarm');
const composites = propertiesIn(prod, 'AWS::CloudWatch::CompositeAlarm');

const runbook = readFileSync('docs/operating.md', 'utf8');
/** As a page of documentation makes anchors of its headings. */
const anchors = new Set(
  [...runbook.matchAll(/^##+ (.*)$/gm)].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-')),
);
/** What the table of metrics names. */
const [, watched = ''] = /^## What to watch$([\s\S]*?)^## /m.exec(runbook) ?? [];
const explained = [...watched.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, names = '']) =>
  [...names.matchAll(/`(\w+)`/g)].map(([, metric = '']) => metric),
);
/** What its articles on alarms set in italics and begin with a capital: a log's messages begin with a small letter. */
const [, articles = ''] = /^## Alarms$([\s\S]*?)^## Dead letters$/m.exec(runbook) ?? [];
const graphs = [
  ...new Set(
    [...articles.matchAll(/(?<!\*)\*([A-Z][^*]*)\*(?!\*)/g)].map(([, title = '']) => title.replaceAll('\n', ' ')),
  ),
];

describe('an alarm', () => {
  test.each(alarms.concat(composites).map(({ AlarmDescription }) => AlarmDescription))(
    'leads to its article: %s',
    (said) => {
      const [, article = ''] = /https:\/\/example\.org\/operating\.md#(\S+)$/.exec(said) ?? [];
      expect(anchors).toContain(article);
    },
  );

  test('stays quiet where nothing is counted, as at night, unless it is the backstop that says nothing', () => {
    const loud = alarms.filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching');
    expect(loud).toEqual([expect.objectContaining({ TreatMissingData: 'breaching' })]);
    expect(JSON.stringify(loud)).toContain('WorstOverdueMs');
  });

  test('calls a person once: by itself, or as part of one that does', () => {
    expect(composites).toHaveLength(2);
    for (const { AlarmActions, OKActions } of composites) expect([AlarmActions, OKActions].flat()).toHaveLength(2);
    const rules = composites.map(({ AlarmRule }) => JSON.stringify(AlarmRule));
    for (const [id, { Properties }] of Object.entries(prod.findResources('AWS::CloudWatch::Alarm'))) {
      const parts = rules.filter((rule) => rule.includes(`"${id}"`)).length;
      expect(parts + (Properties.AlarmActions ?? []).length, id).toBe(1);
    }
  });

  test('that calls somebody also says when it is over', () => {
    for (const { AlarmActions, OKActions } of alarms.concat(composites)) expect(OKActions).toEqual(AlarmActions);
  });

  test('is explained in the runbook, by its name', () => {
    const ids = Object.keys(prod.findResources('AWS::CloudWatch::Alarm'));
    for (const id of ids) {
      const name = id.replace(/^Alarms(?:DeadLetters)?|[0-9A-F]{8}$/g, '');
      expect(runbook).toContain(`\`${name}\``);
    }
  });

  test('that knows no address of the runbook says where it is', () => {
    const descriptions = propertiesIn(templateOf('prod'), 'AWS::CloudWatch::Alarm').map((one) => one.AlarmDescription);
    for (const said of descriptions) {
      expect(said).toMatch(/What to do: docs\/operating\.md in the repository of Curfew, #[a-z-]+$/);
    }
  });

  test('of lateness allows the backstop, the longest slot, and two minutes for the rest', () => {
    expect(announcedWithin([30_000, 300_000]).toMinutes()).toBe(12);
  });

  test('goes to whoever is named, through a topic that takes no plain connection', () => {
    prod.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'print@example.org' });
    prod.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
          }),
        ]),
      },
    });
  });
});

test('nobody is called for a stage that goes with its data, unless it is asked for', () => {
  expect(propertiesIn(templateOf('dev'), 'AWS::CloudWatch::CompositeAlarm')).toEqual([]);
  expect(propertiesIn(templateOf('dev', { alarms: true }), 'AWS::CloudWatch::CompositeAlarm')).toHaveLength(2);
});

describe('the dashboard', () => {
  const bodyOf = (template: typeof prod): string =>
    propertiesIn(template, 'AWS::CloudWatch::Dashboard')
      .map(({ DashboardBody }) => JSON.stringify(DashboardBody))
      .join();
  const body = bodyOf(prod);

  test.each(explained)('draws %s, which the runbook explains', (metric) => expect(body).toContain(metric));

  test.each([
    ...['ApproximateNumberOfMessagesVisible', 'IteratorAge', 'Errors', 'Throttles', 'Invocations'],
    ...['ReadThrottleEvents', 'WriteThrottleEvents', 'ConsumedWriteCapacityUnits'],
  ])('draws %s', (metric) => expect(body).toContain(metric));

  test.each(['OnStationEvent', 'OnSweep', 'OnSeatChange', 'OnOperatorRequest', 'ConsoleWidget', 'ConsoleEnd'])(
    'draws the errors of %s',
    (name) => expect(body).toMatch(new RegExp(`Errors[^{}]*FunctionName[^{}]*\\{"Ref":"${name}[0-9A-F]{8}"`)),
  );

  test.each(graphs)('has the graph that the runbook calls *%s*', (title) =>
    expect(body).toContain(`"title\\":\\"${title}\\"`),
  );

  test('explains the promises, and shows live sessions', () => {
    expect(body).toContain('never back from the dead');
    expect(body).toContain('ConsoleWidget');
    expect(body).toContain('promised');
  });

  test('leads to the runbook, or says where it is', () => {
    expect(body).toContain('[Runbook](https://example.org/operating.md)');
    expect(bodyOf(templateOf('dev'))).toContain('Runbook: docs/operating.md in the repository of Curfew');
  });
});

test('the runbook names graphs to look at', () => expect(graphs.length).toBeGreaterThan(4));

test('the runbook explains each metric once', () => {
  expect(explained.length).toBeGreaterThan(15);
  expect(new Set(explained).size).toBe(explained.length);
});

describe('with the option insights', () => {
  const ranked = templateOf('prod', { insights: true });
  const rules = propertiesIn(ranked, 'AWS::CloudWatch::InsightRule');
  /** The name of the log group is the stack's to make. */
  const bodies = rules.map(
    ({ RuleBody }) =>
      RuleBody['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : 'LOG')) as string[],
  );

  test('two rules rank stations by the line that each delivery leaves', () => {
    const [refused, heard] = bodies.map((parts) => JSON.parse(parts.join('')));
    const common = {
      Schema: { Name: 'CloudWatchLogRule', Version: 1 },
      LogGroupNames: ['LOG'],
      LogFormat: 'JSON',
      AggregateOn: 'Count',
    };
    const isHeard = { Match: '$.message', In: ['heard'] };
    expect(refused).toEqual({
      ...common,
      Contribution: { Keys: ['$.by', '$.outcome'], Filters: [isHeard, { Match: '$.status', GreaterThan: 399 }] },
    });
    expect(heard).toEqual({ ...common, Contribution: { Keys: ['$.by'], Filters: [isHeard] } });
  });

  test('the dashboard draws both, under their names', () => {
    const [dashboard] = propertiesIn(ranked, 'AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(dashboard?.DashboardBody);
    for (const { RuleName } of rules) expect(body).toContain(`\\"ruleName\\":\\"${RuleName}\\"`);
    expect(rules.map(({ RuleName }) => RuleName)).toEqual(['curfew-prod-refused', 'curfew-prod-heard']);
  });

  test('without it there are none', () => expect(propertiesIn(prod, 'AWS::CloudWatch::InsightRule')).toEqual([]));
});

test('stations that have fallen silent are counted every hour where it is asked for, and nowhere else', () => {
  const schedules = (template: typeof prod) =>
    propertiesIn(template, 'AWS::Scheduler::Schedule').map(({ ScheduleExpression, Target }) => [
      ScheduleExpression,
      Target.Input,
    ]);
  const backstop = ['rate(5 minutes)', '{"backstop":true}'];
  expect(schedules(prod)).toEqual([backstop, ['rate(1 hour)', '{"silence":true}']]);
  expect(schedules(templateOf('prod'))).toEqual([backstop]);
  const unasked = JSON.stringify(templateOf('prod').toJSON());
  expect(unasked).not.toContain('SilentStations');
});
