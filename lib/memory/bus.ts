/** The bus in memory: keeps what was announced. */
import type { Bus } from '../service/ports.ts';
import type { Entry } from '../session/journal.ts';

export interface MemoryBus extends Bus {
  /** Everything announced so far, repeats too. */
  announced(): readonly Entry[];
}

export function memoryBus(): MemoryBus {
  const entries: Entry[] = [];

  return {
    async announce(news) {
      await Promise.resolve();
      entries.push(...structuredClone(news));
      return { failed: [] };
    },
    announced: () => structuredClone(entries),
  };
}
