/** What is known of a station, gathered for its health: a handful of reads, whatever it is or has been. */

import { present } from '../present.ts';
import { type LiveSeat, listLive } from '../service/live.ts';
import type { History, Panels, Seats } from '../service/ports.ts';
import { handleOf } from '../session/handle.ts';
import { endingOf } from '../session/ladder.ts';
import type { Realms } from '../session/policy.ts';
import { isOpen, nameOf, type Past, type Seat } from '../session/seat.ts';
import { before, DAY, durationMs, type EpochMs } from '../time.ts';
import type { Known } from './health.ts';
import { KEPT, type Refusal, type Refusals } from './refusals.ts';
import type { StationRecord } from './stations.ts';

export interface KnowingParts {
  readonly seats: Seats;
  readonly panels: Panels;
  readonly history: History;
  readonly refusals: Refusals;
  readonly realms: Realms;
  readonly shards: number;
  readonly shardsEver: number;
}

/** How much is looked at. */
export interface Look {
  readonly now: EpochMs;
  /** So many sessions that have ended, at most 100. */
  readonly ended: number;
  /** Of so many users at most it is looked whether they were refused elsewhere. */
  readonly users: number;
  /** Whether a station without a panel is searched for in all sessions that go on. */
  readonly searches: boolean;
}

/** Who uses a station every week has used it in this time. */
const LOOKED_BACK = durationMs(7 * DAY);

/** So many of those who are there are looked at. */
const THERE_MAX = 8;

export async function knownOf(parts: KnowingParts, station: StationRecord, look: Look): Promise<Known> {
  const { id, realm, hasPanel } = station;
  const { now } = look;
  const from = before(now, KEPT);
  const week = { limit: look.ended, from: before(now, LOOKED_BACK) };
  const [sat, history, told] = await Promise.all([
    hasPanel ? onPanel(parts, station) : look.searches ? somewhere(parts, station, now) : [],
    parts.history.atStation(id, week),
    parts.refusals.atStation(id, from),
  ]);
  // What is over by arithmetic has ended, whether or not a sweep has come by.
  const there = sat.filter((seat) => endingOf(seat.session, now) === undefined);
  const justEnded = sat.flatMap((seat): Past[] => {
    const ended = endingOf(seat.session, now);
    return ended === undefined ? [] : [{ name: nameOf(seat), session: seat.session, ended }];
  });
  const known = new Set(history.items.map(({ name }) => handleOf(name)));
  const ended = [...justEnded.filter(({ name }) => !known.has(handleOf(name))), ...history.items];
  const people = [...there.map(({ key }) => key), ...ended.map(({ name }) => name)];
  const caused = await refusedFor(parts, id, people.slice(0, look.users), from);
  return { station, ...present({ policy: parts.realms.get(realm) }), there, ended, told, caused };
}

/** The seat of whoever the panel shows, where it is of a session there. */
async function onPanel({ panels, seats }: KnowingParts, { id }: StationRecord): Promise<LiveSeat[]> {
  const { occupant } = await panels.read(id);
  if (occupant === undefined) return [];
  const { items } = await seats.ofUser(occupant.realm, occupant.user, { limit: 100 });
  const isThere = (seat: Seat): seat is LiveSeat => isOpen(seat) && seat.session.station === id;
  return items.filter(isThere);
}

async function somewhere(
  { seats, shards, shardsEver }: KnowingParts,
  { id, realm }: StationRecord,
  now: EpochMs,
): Promise<LiveSeat[]> {
  const { items } = await listLive(seats, { station: id, realm }, { shards, shardsEver, limit: 100, now });
  return items.slice(0, THERE_MAX);
}

/** What these people were refused elsewhere, for a session at this station held their seat. */
async function refusedFor(
  { refusals }: KnowingParts,
  id: string,
  people: readonly { readonly realm: string; readonly user: string }[],
  from: EpochMs,
): Promise<Refusal[]> {
  const distinct = new Map(people.map(({ realm, user }) => [JSON.stringify([realm, user]), { realm, user }]));
  const found = await Promise.all([...distinct.values()].map(({ realm, user }) => refusals.ofUser(realm, user, from)));
  return found
    .flat()
    .filter(({ station, holder }) => holder?.station === id && station !== id)
    .sort((a, b) => b.at - a.at);
}
