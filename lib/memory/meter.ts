/** The meter in memory: adds up. */
import { GAUGES, type Meter, type Metric } from '../service/ports.ts';

export interface MemoryMeter extends Meter {
  /** The sum of a metric: over everything, or of one realm and reason. */
  sum(metric: Metric, of?: { readonly realm?: string; readonly reason?: string }): number;
}

export function memoryMeter(): MemoryMeter {
  const added: { metric: Metric; value: number; realm?: string; reason?: string }[] = [];

  return {
    add: (metric, value, of = {}) => void added.push({ metric, value, ...of }),
    sum: (metric, of = {}) =>
      added
        .filter((one) => one.metric === metric)
        .filter((one) => !GAUGES.has(metric) || of.realm !== undefined || one.realm === undefined)
        .filter((one) => (of.realm ?? one.realm) === one.realm && (of.reason ?? one.reason) === one.reason)
        .reduce((sum, { value }) => sum + value, 0),
  };
}
