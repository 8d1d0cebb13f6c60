/**
 * The meter as CloudWatch metrics, in the embedded metric format on standard output: no request, no waiting. By hand, for a
 * line is all that there is to it, and nothing of one line can be left for the next.
 */
import { present } from '../present.ts';
import { GAUGES, type Meter } from '../service/ports.ts';
import { type Clock, systemClock } from '../time.ts';

/** @param namespace of this deployment alone: CloudWatch adds up whatever bears the same names in an account and Region */
export const emfMeter = (namespace: string, clock: Clock = systemClock): Meter => ({
  add(metric, value, of = {}) {
    const dimensions = present(of);
    const names = Object.keys(dimensions);
    const isPartOfGauge = GAUGES.has(metric) && of.realm !== undefined;
    // An alarm wants one number for the system.
    const sets = [...(isPartOfGauge ? [] : [[]]), ...(names.length === 0 ? [] : [names])];
    const definition = {
      Namespace: namespace,
      Dimensions: sets,
      Metrics: [{ Name: metric, Unit: metric.endsWith('Ms') ? 'Milliseconds' : 'Count' }],
    };
    const line = { _aws: { Timestamp: clock(), CloudWatchMetrics: [definition] }, ...dimensions, [metric]: value };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  },
});
