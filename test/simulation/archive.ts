/** History in memory, each session's apart: what is asked for is found at once, and what is settled can be forgotten. */

import { memoryHistory } from '../../lib/memory/history.ts';
import { pageOf, sortTextAt } from '../../lib/memory/pages.ts';
import type { History, Page } from '../../lib/service/ports.ts';
import { handleOf } from '../../lib/session/handle.ts';
import type { Past, SessionName } from '../../lib/session/seat.ts';

export interface Archive {
  readonly history: History;
  forget(name: SessionName): void;
}

export function archive(): Archive {
  const byUser = new Map<string, Map<string, History>>();

  return { history: { ...memoryHistory(), keep, ofUser, find }, forget };

  async function keep(past: Parameters<History['keep']>[0]): Promise<void> {
    for (const one of past) {
      const { name } = one.past;
      const theirs = byUser.get(personOf(name)) ?? new Map<string, History>();
      const kept = theirs.get(handleOf(name)) ?? memoryHistory();
      await kept.keep([one]);
      byUser.set(personOf(name), theirs.set(handleOf(name), kept));
    }
  }

  async function ofUser(realm: string, user: string, query: { limit: number; cursor?: string }): Promise<Page<Past>> {
    const sessions = [...(byUser.get(personOf({ realm, user }))?.values() ?? [])];
    const pages = await Promise.all(sessions.map((one) => one.ofUser(realm, user, { limit: query.limit })));
    return pageOf(
      pages.flatMap(({ items }) => items),
      ({ name }) => sortTextAt(name.epoch, handleOf(name)),
      { ...query, newestFirst: true },
    );
  }

  async function find(name: SessionName): Promise<Past | undefined> {
    return byUser.get(personOf(name))?.get(handleOf(name))?.find(name);
  }

  function forget(name: SessionName): void {
    byUser.get(personOf(name))?.delete(handleOf(name));
  }
}

const personOf = ({ realm, user }: Pick<SessionName, 'realm' | 'user'>): string => `${realm}#${user}`;
