/** What functions count, as CloudWatch reads it from their logs. */
import { vi } from 'vitest';

export interface Point {
  readonly namespace: string;
  readonly name: string;
  readonly value: number;
  /** The combinations of dimensions under which CloudWatch keeps it. */
  readonly keptBy: readonly (readonly string[])[];
}

/** What `act` counted, as CloudWatch reads it from the log. */
export async function pointsOf(act: () => Promise<unknown>): Promise<Point[]> {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  printed.mockClear();
  await act();
  return printed.mock.calls.flatMap(([line]) => {
    if (!String(line).includes('"_aws"')) return [];
    const { _aws, ...values } = JSON.parse(String(line));
    return _aws.CloudWatchMetrics.flatMap(
      ({
        Namespace,
        Dimensions,
        Metrics,
      }: {
        Namespace: string;
        Dimensions: string[][];
        Metrics: { Name: string }[];
      }) => Metrics.map(({ Name }) => ({ namespace: Namespace, name: Name, value: values[Name], keptBy: Dimensions })),
    );
  });
}

/** The arithmetic of metrics, as far as the alarms use it. */
export const MATH = {
  IF: (condition: boolean, then: number, otherwise: number): number => (condition ? then : otherwise),
  FILL: (value: number | undefined, instead: number): number => value ?? instead,
};

/** One of the numbers that an alarm looks at. */
export interface Watched {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

export interface Line {
  readonly id: string;
  readonly watched: Watched;
  readonly statistic: string;
  readonly seconds: number;
}

export function statisticOf({ watched, statistic }: Line, points: readonly Point[]): number | undefined {
  const dimensions = (watched.Dimensions ?? []).map(({ Name }) => Name).sort();
  const values = points
    .filter(({ namespace, name }) => namespace === watched.Namespace && name === watched.MetricName)
    .filter(({ keptBy }) => keptBy.some((names) => names.toSorted().join() === dimensions.join()))
    .map(({ value }) => value);
  if (values.length === 0) return undefined;
  return statistic === 'Maximum' ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
}
