/** What operators list: live sessions, ended ones, users and stations. */
import type * as z from 'zod/mini';
import { type Answer, json } from '../answer.ts';
import { present } from '../present.ts';
import { listLive, type Sought } from '../service/live.ts';
import { listPast, listUsers as listUsersOf, type PastQuery } from '../service/past.ts';
import type { History, Seats } from '../service/ports.ts';
import { keptOf, longestOf } from '../session/ladder.ts';
import type { Realms } from '../session/policy.ts';
import { type Epoch, OPEN_RUNGS } from '../session/seat.ts';
import { type Fault, fault, faultsOf, type Read } from '../station/fault.ts';
import { firstStations, isCalled, stationsCalled } from '../station/finding.ts';
import { userName } from '../station/message.ts';
import type { StationRecord, Stations } from '../station/stations.ts';
import { type Clock, type EpochMs, fromRfc3339, toRfc3339 } from '../time.ts';
import type { HealthParts } from './operator-refusals.ts';
import { noSuchRealm } from './operator-users.ts';
import { badRequest } from './problem.ts';
import { type HttpRequest, type Query, readQuery } from './request.ts';
import { pastView, sessionView, stationView } from './views.ts';

export interface ListParts {
  readonly seats: Seats;
  readonly history: History;
  readonly stations: Stations;
  readonly realms: Realms;
  readonly shards: number;
  readonly shardsEver: number;
  readonly clock: Clock;
}

export const faultsAs = (field: string, error: z.core.$ZodError) =>
  faultsOf(error).map(({ detail }) => ({ field, detail }));

export async function listSessions(request: HttpRequest, parts: ListParts): Promise<Answer> {
  const read = readQuery(request, 'realm', 'user', 'station', 'rung', 'find', 'at', 'session');
  if (!read.ok) return badRequest(read.faults);
  const { query, ...page } = read.value;
  const asked = readAsked(query);
  if (!asked.ok) return badRequest(asked.faults);
  const rung = OPEN_RUNGS.find((name) => name === query.get('rung'));
  if (query.has('rung') && rung === undefined) {
    return badRequest([{ field: 'rung', detail: `must be one of ${OPEN_RUNGS.join(', ')}` }]);
  }
  const { realm } = asked.value;
  if (realm !== undefined && !parts.realms.has(realm)) return noSuchRealm(parts.realms, realm);
  const { seats, shards, shardsEver, realms, clock } = parts;
  const { find, ...rest } = asked.value;
  const filter = { ...rest, ...present({ rung, find: await soughtIn(parts.stations, find) }) };
  const now = clock();
  const { items, cursor } = await listLive(seats, filter, { ...page, shards, shardsEver, realms, now });
  return json({ sessions: items.map((seat) => sessionView(seat, now)), ...present({ cursor }) });
}

export async function listHistory(request: HttpRequest, parts: ListParts): Promise<Answer> {
  const read = readQuery(request, 'realm', 'user', 'station', 'find', 'at', 'from', 'until', 'session');
  if (!read.ok) return badRequest(read.faults);
  const { query, ...page } = read.value;
  const asked = readAsked(query);
  const from = readInstant(query, 'from');
  const until = readInstant(query, 'until');
  if (!asked.ok) return badRequest(asked.faults);
  if (!from.ok) return badRequest(from.faults);
  if (!until.ok) return badRequest(until.faults);
  const { find, ...rest } = asked.value;
  const sought = await soughtIn(parts.stations, find);
  const filter = { ...rest, ...present({ find: sought, from: from.value, until: until.value }) };
  const { items, cursor } = await listPast(parts.history, filter, await pastQuery(parts, page));
  return json({ sessions: items.map(pastView), ...present({ cursor }) });
}

export async function listUsers(request: HttpRequest, parts: ListParts): Promise<Answer> {
  const read = readQuery(request, 'realm', 'find');
  if (!read.ok) return badRequest(read.faults);
  const { query, ...page } = read.value;
  const { realm, find } = { realm: query.get('realm'), find: query.get('find') };
  // Of users alone: no station is looked for.
  const filter = present({ realm, find: find === undefined ? undefined : { part: find, stations: new Set<string>() } });
  const { items, cursor } = await listUsersOf(parts.history, filter, await pastQuery(parts, page));
  const users = items.map(({ name, endedAt }) => ({
    user: name.user,
    realm: name.realm,
    lastEndedAt: toRfc3339(endedAt),
  }));
  return json({ users, ...present({ cursor }) });
}

async function pastQuery(
  { stations, realms, clock }: ListParts,
  page: Pick<PastQuery, 'limit' | 'cursor'>,
): Promise<PastQuery> {
  const policies = [...realms.values()];
  const all = (await firstStations(stations)).stations.map(({ id }) => id);
  return { ...page, stations: all, realms, longestMs: longestOf(policies), keptMs: keptOf(policies), now: clock() };
}

export async function listStations(request: HttpRequest, parts: ListParts & HealthParts): Promise<Answer> {
  const read = readQuery(request, 'find', 'health');
  if (!read.ok) return badRequest(read.faults);
  const { query, ...page } = read.value;
  const [part, health] = [query.get('find'), query.get('health')];
  if (health !== undefined && health !== 'true') {
    return badRequest([{ field: 'health', detail: 'must be true, or be left out' }]);
  }
  // Loaded by whoever asks for it: most do not.
  const { HEALTH_PAGE_MAX, stationWithHealth } = await import('./operator-refusals.ts');
  const most = health === undefined ? page.limit : Math.min(page.limit, HEALTH_PAGE_MAX);
  const found: StationRecord[] = [];
  let { cursor } = page;
  for (let pages = 0; pages < PAGES_MAX && found.length < most; pages++) {
    const next = await parts.stations.list({ limit: most - found.length, ...present({ cursor }) });
    found.push(...next.items.filter((station) => part === undefined || isCalled(station, part)));
    cursor = next.cursor;
    if (cursor === undefined) break;
  }
  const now = parts.clock();
  const view = (station: StationRecord) =>
    health === undefined ? stationView(station) : stationWithHealth(parts, station, now);
  return json({ stations: await Promise.all(found.map(view)), ...present({ cursor }) });
}

/** How much one request reads for a name that fits few. */
const PAGES_MAX = 20;

async function soughtIn(stations: Stations, part: string | undefined): Promise<Sought | undefined> {
  if (part === undefined) return undefined;
  const called = await stationsCalled(stations, part);
  return { part, stations: new Set(called.map(({ id }) => id)) };
}

interface Asked {
  readonly realm?: string;
  readonly user?: string;
  readonly station?: string;
  readonly find?: string;
  readonly at?: EpochMs;
  readonly epoch?: Epoch;
}

function readAsked(query: Query): Read<Asked> {
  const [realm, user, station, find] = ['realm', 'user', 'station', 'find'].map((name) => query.get(name));
  const name = user === undefined ? undefined : userName.safeParse(user);
  const at = readInstant(query, 'at');
  const epoch = readEpoch(query);
  const faults: Fault[] = [
    ...(name?.success === false ? faultsAs('user', name.error) : []),
    ...(at.ok ? [] : at.faults),
    ...(epoch.ok ? [] : epoch.faults),
  ];
  if (!at.ok || !epoch.ok || faults.length > 0) return { ok: false, faults };
  return { ok: true, value: present({ realm, user: name?.data, station, find, at: at.value, epoch: epoch.value }) };
}

function readInstant(query: Query, field: string): Read<EpochMs | undefined> {
  const text = query.get(field);
  const at = text === undefined ? undefined : fromRfc3339(text);
  if (text !== undefined && at === undefined) return fault(field, 'must be RFC 3339, such as 2026-11-22T14:00:00Z');
  return { ok: true, value: at };
}

/** How a handle begins: up to its first dot, which mostly says already which one it is. */
function readEpoch(query: Query): Read<Epoch | undefined> {
  const text = query.get('session');
  if (text === undefined) return { ok: true, value: undefined };
  const epoch = /^[0-9a-z]{1,11}$/.test(text) ? Number.parseInt(text, 36) : Number.NaN;
  return Number.isSafeInteger(epoch)
    ? { ok: true, value: epoch }
    : fault('session', 'must be how a handle begins, up to its first dot: "mwsd13ck"');
}
