/** For sweeps that have the table to themselves: nothing throttles them, and their pauses take no time. */
import type { SweepPorts } from '../../lib/service/sweep.ts';

export const ALONE: Pick<SweepPorts, 'pause' | 'throttled'> = { pause: async () => {}, throttled: () => 0 };
