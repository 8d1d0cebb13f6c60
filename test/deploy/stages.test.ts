/** Several stages in one account and Region: what is one’s is not another’s. */
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test, vi } from 'vitest';
import { propertiesIn, resourceText, useSynth } from './synth.ts';

// A stack takes a second or two to make, on a busy machine more.
vi.setConfig({ testTimeout: 30_000 });
const { templateOf } = useSynth();
// All that there can be in each, under the same logical names.
const realms = JSON.stringify({
  realms: { print: { profile: 'release-station', webhook: { url: 'https://gateway.example.org/curfew' } } },
});
const everything = { alarms: true, customerKey: true, realms };
const stages = ['dev', 'prod', 'prod-eu'].map((stage) => ({ stage, template: templateOf(stage, everything) }));

interface Seen {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

const seen = (metric: object): Seen => ({ Dimensions: [], ...metric }) as unknown as Seen;

/** Every metric that an alarm watches or a graph draws; of a search, the namespace that it searches. */
function seenIn(template: Template): Seen[] {
  const alarms = propertiesIn(template, 'AWS::CloudWatch::Alarm').flatMap(({ Metrics, ...single }): Seen[] =>
    Metrics === undefined
      ? [seen(single)]
      : Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: object } }) =>
          MetricStat === undefined ? [] : [seen(MetricStat.Metric)],
        ),
  );
  const drawn = propertiesIn(template, 'AWS::CloudWatch::Dashboard').flatMap(({ DashboardBody }) => {
    const { widgets } = JSON.parse(resourceText(DashboardBody));
    return widgets.flatMap(({ properties }: { properties: { metrics?: unknown[][] } }) =>
      (properties.metrics ?? []).flatMap(asSeen),
    );
  });
  return [...alarms, ...drawn];
}

function asSeen([first, MetricName, ...rest]: readonly unknown[]): Seen[] {
  if (typeof first === 'string') {
    const pairs = rest.filter((part) => typeof part === 'string');
    const Dimensions = pairs.flatMap((Name, n) => (n % 2 === 0 ? [{ Name, Value: pairs[n + 1] }] : []));
    return [{ Namespace: first, MetricName: String(MetricName), Dimensions }];
  }
  const { expression = '' } = first as { expression?: string };
  const [, Namespace, MetricName_ = ''] = /SEARCH\('\{"([^"]+)",[^}]*\} MetricName="(\w+)"/.exec(expression) ?? [];
  return Namespace === undefined ? [] : [{ Namespace, MetricName: MetricName_, Dimensions: [] }];
}

const GROUP = /^curfew\w+-Timers-Group-[0-9A-F]{8}$/;

/** Whose it is: a namespace of the stage's own, or a resource that its stack has made, under a name that no other has. */
const isOf =
  (stage: string) =>
  ({ Namespace, Dimensions }: Seen): boolean =>
    Namespace.startsWith('AWS/')
      ? Dimensions.some(({ Name, Value }) =>
          // A group of timers has the name that the CDK has made of its stack's and its own.
          (Name === 'ScheduleGroup' ? GROUP : /^\{\w+(?:\.\w+)?\}$/).test(resourceText(Value)),
        )
      : Namespace === `Curfew/${stage}`;

describe.each(stages)('of stage $stage', ({ stage, template }) => {
  const all = seenIn(template);

  test('no alarm and no graph matches a metric of another stage', () => {
    expect(all.length).toBeGreaterThan(60);
    expect(all.filter(({ Namespace }) => Namespace === `Curfew/${stage}`).length).toBeGreaterThan(25);
    expect(all.filter((each) => !isOf(stage)(each))).toEqual([]);
  });

  test('each function counts where its alarms and graphs look', () => {
    const functions = propertiesIn(template, 'AWS::Lambda::Function');
    expect(functions).toHaveLength(7);
    for (const { Environment } of functions) expect(Environment.Variables.CURFEW_METRICS).toBe(`Curfew/${stage}`);
  });

  test('the access log lies where an account has room for those of many APIs', () => {
    const [log, ...others] = propertiesIn(template, 'AWS::Logs::LogGroup').filter(({ LogGroupName }) => LogGroupName);
    expect(others).toEqual([]);
    expect(log?.LogGroupName).toMatch(new RegExp(`^/aws/vendedlogs/curfew-${stage}-ApiAccessLog$`));
  });
});

/** Names within what they belong to, for people only, or of what is watched. */
const WITHIN: ReadonlySet<string> = new Set(['StageName', 'PolicyName', 'DisplayName', 'MetricName']);

test('what has a name of its own has another in each stage', () => {
  const named = ({ template }: (typeof stages)[number]): string[] =>
    Object.entries(template.toJSON().Resources).flatMap(([id, resource]) =>
      Object.entries((resource as { Properties?: object }).Properties ?? {})
        .filter(([property]) => /^(?:Name|\w+Name)$/.test(property) && !WITHIN.has(property))
        .filter(([, value]) => typeof value === 'string')
        .map(([property, value]) => `${id.replace(/[0-9A-F]{8}$/, '')} ${property} ${value}`),
    );
  const [first = [], ...others] = stages.map(named);
  expect(first.length).toBeGreaterThan(3);
  for (const names of others) {
    expect(names).toHaveLength(first.length);
    expect(names.filter((name) => first.includes(name))).toEqual([]);
  }
});
