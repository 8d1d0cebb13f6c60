/** The bus on EventBridge. */

import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { type Bus, Unavailable } from '../service/ports.ts';
import { previousHandleOf, sealedHandleOf } from '../session/handle.ts';
import { allowsCurrentJob, type Entry } from '../session/journal.ts';
import { toRfc3339 } from '../time.ts';
import { ask } from './faults.ts';

const SOURCE = 'curfew';

/** EventBridge's limit on one request. */
const ENTRIES_MAX = 10;

export function eventBridgeBus(client: EventBridgeClient, busName: string): Bus {
  return { announce };

  async function announce(entries: readonly Entry[]): Promise<{ failed: readonly Entry[] }> {
    const batches = Array.from({ length: Math.ceil(entries.length / ENTRIES_MAX) }, (_, n) =>
      entries.slice(n * ENTRIES_MAX, (n + 1) * ENTRIES_MAX),
    );
    return { failed: (await Promise.all(batches.map(send))).flat() };
  }

  /** The entries that were not taken, each for itself or all for a passing fault. */
  async function send(batch: readonly Entry[]): Promise<readonly Entry[]> {
    try {
      const put = new PutEventsCommand({ Entries: batch.map((entry) => eventOf(entry, busName)) });
      const { Entries: results = [] } = await ask('bus', () => client.send(put));
      return batch.filter((_, n) => results[n]?.EventId === undefined);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return batch;
    }
  }
}

const eventOf = (entry: Entry, EventBusName: string): PutEventsRequestEntry => ({
  EventBusName,
  Source: SOURCE,
  DetailType: `session.${entry.type}`,
  Time: new Date(entry.at),
  Detail: JSON.stringify(detailOf(entry)),
});

/** What the bus's readers get. `id` is the same however often an announcement is repeated. */
function detailOf(entry: Entry): object {
  const { name, session } = entry;
  const handle = sealedHandleOf(name, session);
  return {
    // A session may linger and be resumed many times.
    id: isOnce(entry) ? `${handle}#${entry.type}` : `${handle}#${entry.type}#${entry.at}`,
    session: handle,
    realm: name.realm,
    user: session.userAsTyped ?? name.user,
    userKey: session.userAsTyped === undefined ? undefined : name.user,
    station: session.station,
    epoch: name.epoch,
    openedAt: toRfc3339(session.openedAt),
    at: toRfc3339(entry.at),
    ...('from' in entry ? { oldRung: entry.from } : {}),
    newRung: entry.to,
    ...('by' in entry ? { reason: entry.by } : {}),
    ...('previous' in entry ? { previous: previousHandleOf(session, name) } : {}),
    ...(entry.type === 'ended' ? endingDetail(entry) : {}),
  };
}

const isOnce = ({ type }: Entry): boolean => type === 'opened' || type === 'ended';

const endingDetail = ({ session, ended }: Extract<Entry, { type: 'ended' }>): object => ({
  endedAt: toRfc3339(ended.at),
  reason: ended.reason,
  by: ended.by,
  note: ended.note,
  allowCurrentJob: allowsCurrentJob(session, ended),
});
