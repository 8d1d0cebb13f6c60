/** History in memory. Keeps for ever: nothing reads when an item is collected as garbage. */

import type { Forgotten, History, Page, PastName } from '../service/ports.ts';
import { handleOf } from '../session/handle.ts';
import type { Past, SessionName } from '../session/seat.ts';
import type { EpochMs } from '../time.ts';
import { pageOf, sortTextAt } from './pages.ts';

export function memoryHistory(): History {
  const kept = new Map<string, Past>();

  return { keep, ofUser, atStation, endedAt, readMany, find, forget };

  async function keep(past: readonly { readonly past: Past }[]): Promise<void> {
    await Promise.resolve();
    for (const {
      past: { name, session, ended },
    } of past) {
      const { realm, user, seat, epoch } = name;
      const one: Past = { name: { realm, user, seat, epoch }, session, ended };
      kept.set(sortTextOf(one), structuredClone(one));
    }
  }

  async function ofUser(realm: string, user: string, query: { limit: number; cursor?: string }): Promise<Page<Past>> {
    await Promise.resolve();
    const theirs = [...kept.values()].filter(({ name }) => name.realm === realm && name.user === user);
    return pageOf(theirs, sortTextOf, { ...query, newestFirst: true });
  }

  async function atStation(
    station: string,
    { from, ...query }: { limit: number; from?: EpochMs; cursor?: string },
  ): Promise<Page<Past>> {
    await Promise.resolve();
    const there = [...kept.values()].filter((past) => past.session.station === station && past.ended.at >= (from ?? 0));
    const endText = ({ name, ended }: Past) => sortTextAt(ended.at, handleOf(name));
    return pageOf(there, endText, { ...query, newestFirst: true });
  }

  async function find(name: SessionName): Promise<Past | undefined> {
    await Promise.resolve();
    const handle = handleOf(name);
    return structuredClone([...kept.values()].find((past) => handleOf(past.name) === handle));
  }

  async function endedAt(
    station: string,
    { from, until, ...page }: { from: EpochMs; until: EpochMs; limit: number; cursor?: string },
  ): Promise<Page<PastName>> {
    await Promise.resolve();
    const there = [...kept.values()]
      .filter(({ session, ended: { at } }) => session.station === station && at >= from && at <= until)
      .map(({ name, ended: { at } }): PastName => ({ name, endedAt: at }));
    return pageOf(there, ({ name, endedAt }) => sortTextAt(endedAt, handleOf(name)), { ...page, newestFirst: true });
  }

  async function readMany(names: readonly SessionName[]): Promise<Past[]> {
    return (await Promise.all(names.map(find))).flatMap((past) => past ?? []);
  }

  async function forget(realm: string, user: string, limit: number): Promise<Forgotten> {
    await Promise.resolve();
    const theirs = [...kept].filter(([, { name }]) => name.realm === realm && name.user === user);
    for (const [place] of theirs.slice(0, limit)) kept.delete(place);
    return { erased: Math.min(theirs.length, limit), more: theirs.length > limit };
  }
}

const sortTextOf = ({ name }: Past): string => sortTextAt(name.epoch, handleOf(name));
