/** The meter as CloudWatch metrics, in the embedded metric format on standard output: no request, no waiting. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { GAUGES, type Meter, type Metric } from '../service/ports.ts';

const NAMESPACE = 'Curfew';

export function emfMeter(): Meter {
  // One for all: to make one takes six times as long as to use it, and each line leaves it empty.
  const metrics = new Metrics({ namespace: NAMESPACE });
  // Powertools would add the function's own name to each set, and an alarm wants one number for the system.
  metrics.clearDefaultDimensions();
  return { add };

  function add(metric: Metric, value: number, of: { readonly realm?: string; readonly reason?: string } = {}): void {
    const isPartOfGauge = GAUGES.has(metric) && of.realm !== undefined;
    if (!isPartOfGauge) metrics.addDimensions({});
    const dimensions = Object.fromEntries(Object.entries(of).filter(([, name]) => name !== undefined));
    if (Object.keys(dimensions).length > 0) metrics.addDimensions(dimensions);
    metrics.addMetric(metric, metric.endsWith('Ms') ? MetricUnit.Milliseconds : MetricUnit.Count, value);
    metrics.publishStoredMetrics();
  }
}
