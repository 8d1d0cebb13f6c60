/** A process of the part `journal`: the stream's records, a hundred at a time, through the journal's real handler. */
import { whenGiven } from './apart.ts';
import { openContainer } from './container.ts';
import type { Heard, JournalRun, JournalTask } from './journal.ts';
import { changesOf, KINDS, type Kind } from './journal-records.ts';
import { REALMS } from './session-images.ts';

/** As the stack's event source has it. */
const BATCH = 100;
/** Until the compiler has seen it all and the connections are open. */
const WARM_UP = 5;

whenGiven<JournalTask, JournalRun>(async ({ records }, report) => {
  const container = await openContainer(REALMS);
  const { client } = container;
  const changes = await changesOf(client);
  const { handler } = await import('../functions/on-seat-change.ts');
  let next = 0;

  const hear = async (kind: Kind, batches: number): Promise<Heard> => {
    const events = Array.from({ length: batches }, () => ({
      Records: Array.from({ length: BATCH }, () => changes[kind](next++)),
    }));
    container.takeRequests();
    const startedAt = performance.now();
    for (const event of events) {
      const { batchItemFailures } = await handler(event);
      if (batchItemFailures.length > 0) throw new Error(`the journal did not take ${kind}`);
    }
    const ms = performance.now() - startedAt;
    return { ms, requests: Object.fromEntries(container.takeRequests()) };
  };
  for (const kind of KINDS) await hear(kind, WARM_UP);
  const heard: Partial<Record<Kind, Heard>> = {};
  for (const kind of KINDS) {
    report(kind);
    heard[kind] = await hear(kind, records / BATCH);
  }
  await container.close();
  return heard as JournalRun;
});
