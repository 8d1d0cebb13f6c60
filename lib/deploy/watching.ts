/** The numbers that operators look at, by the names that the functions give them. */
import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Metric as Counted } from '../service/ports.ts';

/** The backstop counts this often, and an operator who is called sooner can do nothing yet. */
export const PERIOD = Duration.minutes(5);

/** Where the runbook is found by whoever has not deployed its address. */
export const RUNBOOK = 'docs/operating.md in the repository of Curfew';

/** By what they are for: stations that nobody answers are another matter than ends that nobody announces. */
export interface WatchedFunctions {
  readonly stations: IFunction;
  readonly sweep: IFunction;
  readonly journal: IFunction;
  /** Whose failure keeps nobody from logging in and delays no announcement. Five at most: an alarm's expression takes ten metrics. */
  readonly others: readonly IFunction[];
}

/** By the names that docs/operating.md has for them. */
export type DeadLetterQueues = Readonly<Record<string, IQueue>>;

/** Where the functions of a stage count: none hears of another's, though they share an account and Region. */
export const namespaceOf = (stage: string): string => `Curfew/${stage}`;

/** What the functions of one deployment count. */
export class Counts {
  private readonly namespace: string;

  /** @param namespace as its functions are told */
  constructor(namespace: string) {
    this.namespace = namespace;
  }

  of(metricName: Counted, statistic: string, options: MetricOptions = {}): Metric {
    const { namespace } = this;
    return new Metric({ namespace, metricName, statistic, period: PERIOD, label: metricName, ...options });
  }

  /** One line for each realm, and reason where that is told. */
  by(dimensions: 'realm' | 'realm,reason', metricName: Counted, statistic: string): MathExpression {
    const searched = `{"${this.namespace}",${dimensions}} MetricName="${metricName}"`;
    const expression = `SEARCH('${searched}', '${statistic}', ${PERIOD.toSeconds()})`;
    return new MathExpression({ expression, label: '', usingMetrics: {}, period: PERIOD });
  }
}

/** What all of these come to together. */
export function summed(label: string, metrics: readonly Metric[]): MathExpression {
  const named = metrics.map((metric, n) => [`m${n}`, metric] as const);
  const expression = named.map(([name]) => `FILL(${name}, 0)`).join(' + ');
  return new MathExpression({ expression, label, usingMetrics: Object.fromEntries(named), period: PERIOD });
}
