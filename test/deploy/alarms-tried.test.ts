/**
 * Each alarm, tried. What it watches stands here word for word; what of it Curfew counts itself is brought about through the
 * functions as they are deployed, and their log says whether the alarm would have gone off.
 */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { useFunctions } from '../support/functions.ts';
import { resourceText, useSynth } from './synth.ts';

// A stack takes a second or two to make, on a busy machine more.
vi.setConfig({ testTimeout: 30_000 });

const realms = {
  'campus-print': { profile: 'release-station', webhook: { url: 'https://gateway.example.org/curfew' } },
};
const { templateOf } = useSynth();
const template = templateOf('prod', { realms: JSON.stringify({ realms }) });
const functions = useFunctions(realms);

interface Watched {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

interface Line extends Watched {
  readonly id: string;
  readonly stat: string;
  readonly period: number;
}

/** The hash that ends a logical name says nothing. */
const nameOf = (id: string): string => id.replace(/[0-9A-F]{8}$/, '');

const resources = template.findResources('AWS::CloudWatch::Alarm');

const alarms = Object.entries(resources).map(([id, { Properties }]) => {
  const { Metrics, MetricName, Namespace, Dimensions, Statistic, Period } = Properties;
  const lines: Line[] =
    Metrics === undefined
      ? [{ id: 'm', Namespace, MetricName, Dimensions, stat: Statistic, period: Period }]
      : Metrics.flatMap((one: { Id: string; MetricStat?: { Metric: Watched; Stat: string; Period: number } }) =>
          one.MetricStat === undefined
            ? []
            : [{ id: one.Id, ...one.MetricStat.Metric, stat: one.MetricStat.Stat, period: one.MetricStat.Period }],
        );
  const expression: string =
    Metrics?.find(({ Expression }: { Expression?: string }) => Expression !== undefined)?.Expression ?? lines[0]?.id;
  return { name: nameOf(id).replace(/^Alarms/, ''), id, Properties, lines, expression };
});
console.error(JSON.stringify(alarms.map(a=>[a.name,a.expression,a.lines.map(l=>[l.id,l.Namespace,l.MetricName,l.stat,l.period,(l.Dimensions??[]).map(d=>d.Name+'='+resourceText(d.Value)).join(' ')].join(' ')),a.Properties.Threshold,a.Properties.DatapointsToAlarm,a.Properties.EvaluationPeriods,a.Properties.TreatMissingData,a.Properties.ComparisonOperator]),null,1));
test('x', async () => { void [PutItemCommand, afterEach, beforeAll, beforeEach, describe, expect, functions]; });
