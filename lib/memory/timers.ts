/** Timers in memory: they are armed, and whoever runs the simulation fires them. */
import type { Timer, Timers } from '../service/ports.ts';

export interface MemoryTimers extends Timers {
  /** What is armed, in the order in which it was. */
  armed(): readonly Timer[];
  /** It has fired, or was lost. */
  forget(timer: Timer): void;
}

export function memoryTimers(): MemoryTimers {
  const timers = new Map<string, Timer>();

  return {
    async arm(timer) {
      await Promise.resolve();
      if (!timers.has(nameOf(timer))) timers.set(nameOf(timer), structuredClone(timer));
    },
    armed: () => structuredClone([...timers.values()]),
    forget: (timer) => void timers.delete(nameOf(timer)),
  };
}

const nameOf = ({ shard, at, cursor = '' }: Timer): string => `${shard}-${at}-${cursor}`;
