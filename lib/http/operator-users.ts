/** What operators see and erase of single users, whatever these are called. */
import type * as z from 'zod/mini';
import { type Answer, json } from '../answer.ts';
import { present } from '../present.ts';
import type { Audit } from '../service/audit.ts';
import type { LiveSeat } from '../service/live.ts';
import { type Forgotten, type History, SEATS_AT_ONCE, type Seats } from '../service/ports.ts';
import { underAll } from '../service/user-pages.ts';
import { sessionsOfUser } from '../service/user-sessions.ts';
import { sealedHandleOf } from '../session/handle.ts';
import type { Realms } from '../session/policy.ts';
import { isEnded, isOpen, nameOf, type Occupied, type Seat } from '../session/seat.ts';
import { keptUnder, userKey } from '../session/user-key.ts';
import { fault, faultsOf, type Read } from '../station/fault.ts';
import { userName } from '../station/message.ts';
import type { Refusals } from '../station/refusals.ts';
import type { Stations } from '../station/stations.ts';
import type { Clock } from '../time.ts';
import { whySchema } from './operator-bodies.ts';
import { badRequest, problem } from './problem.ts';
import { type HttpRequest, readFields, readQuery } from './request.ts';
import { pastView, sessionInFull } from './views.ts';

export interface UsersParts {
  readonly seats: Seats;
  readonly history: History;
  readonly refusals: Refusals;
  readonly stations: Pick<Stations, 'read'>;
  readonly realms: Realms;
  readonly clock: Clock;
  readonly audit: Audit;
}

interface Asked {
  readonly realm: string;
  /** Where it stands in the path; else the query has it: not every name can stand in a path safely. */
  readonly user?: string;
}

export const noSuchRealm = (realms: Realms, realm: string) =>
  problem('no-such-realm', {
    detail: `the realms file has no realm "${realm.slice(0, 100)}"; it has ${[...realms.keys()].join(', ')}`,
  });

type Page = { readonly limit: number; readonly cursor?: string };
/** What is kept of them stands under these names. */
interface Person {
  readonly realm: string;
  readonly user: string;
  readonly names: readonly string[];
}

/** Of whom, and which page, a request asks; or the answer that refuses it. */
function personIn(request: HttpRequest, asked: Asked, { realms }: UsersParts): Read<Person & Page> | Answer {
  const policy = realms.get(asked.realm);
  if (policy === undefined) return noSuchRealm(realms, asked.realm);
  const read = readQuery(request, ...(asked.user === undefined ? ['user'] : []));
  if (!read.ok) return read;
  const { query, ...page } = read.value;
  const given = asked.user ?? query.get('user');
  if (given === undefined) return fault('user', 'is missing: send ?user=, percent-encoded');
  const name = userName.safeParse(given);
  if (!name.success) return { ok: false, faults: faultsAs(name.error) };
  const user = name.data;
  // Who cannot log in any more may have been able to.
  const found = asked.user === undefined ? undefined : userKey(user, policy.users);
  if (found !== undefined && 'fault' in found) return fault('user', found.fault);
  return { ok: true, value: { realm: asked.realm, user, names: keptUnder(user, policy.users), ...page } };
}

const faultsAs = (error: z.core.$ZodError) => faultsOf(error).map(({ detail }) => ({ field: 'user', detail }));

export async function showUser(request: HttpRequest, parts: UsersParts, asked: Asked): Promise<Answer> {
  const found = personIn(request, asked, parts);
  if ('status' in found) return found;
  if (!found.ok) return badRequest(found.faults);
  const { realm, user, names, ...page } = found.value;
  const now = parts.clock();
  const { live, past } = await sessionsOfUser(parts, { realm, user, names }, { ...page, now });
  // Words, which most requests have no use for.
  const { refusalsOfUser } = await import('./operator-refusals.ts');
  const [stations, refused] = await Promise.all([
    stationsOf(parts, live),
    refusalsOfUser(parts, { realm, user: keyOf(names) }, now),
  ]);
  return json({
    user,
    realm,
    seats: live.map((seat) => sessionInFull(seat, stations.get(seat.session.station), now)),
    history: past.items.map(pastView),
    ...refused,
    ...present({ cursor: past.cursor }),
  });
}

/** The stations at which these sessions are, each read once. */
async function stationsOf({ stations }: UsersParts, seats: readonly LiveSeat[]) {
  const ids = [...new Set(seats.map(({ session }) => session.station))];
  return new Map(await Promise.all(ids.map(async (id) => [id, await stations.read(id)] as const)));
}

/** The first of them: what was refused is kept under none but that. */
const keyOf = ([key = '']: readonly string[]): string => key;

/** So many sessions are erased by one request at the most; the caller asks again. */
const FORGOTTEN_AT_ONCE = 500;

export async function forgetUser(
  request: HttpRequest & { readonly principal: string },
  parts: UsersParts,
  asked: Asked,
): Promise<Answer> {
  const found = personIn(request, asked, parts);
  if ('status' in found) return found;
  if (!found.ok) return badRequest(found.faults);
  const { realm, user, names } = found.value;
  const said = readFields(request, whySchema);
  if (!said.ok) return said.answer;
  const intent = { principal: request.principal, action: 'forget-user', on: realm, ...said.value } as const;
  const forgotten = await parts.audit(intent, async (done) => {
    await parts.refusals.forget(realm, keyOf(names));
    const forgotten = await forget(parts, realm, names);
    done({ note: `${forgotten.erased} session${forgotten.erased === 1 ? '' : 's'}`, user: keyOf(names) });
    return forgotten;
  });
  // Only now, so that what has ended meanwhile is named too.
  const { items: seats } = await underAll(names, { limit: SEATS_AT_ONCE }, (name, page) =>
    parts.seats.ofUser(realm, name, page),
  );
  const handles = (fits: (seat: Seat) => seat is Occupied) =>
    seats.filter(fits).map((seat) => sealedHandleOf(nameOf(seat), seat.session));
  return json({ user, realm, ...forgotten, open: handles(isOpen), inSeats: handles(isEnded) });
}

async function forget({ history }: UsersParts, realm: string, names: readonly string[]): Promise<Forgotten> {
  let erased = 0;
  for (const name of names) {
    const forgotten = await history.forget(realm, name, FORGOTTEN_AT_ONCE - erased);
    erased += forgotten.erased;
    if (forgotten.more || (erased >= FORGOTTEN_AT_ONCE && name !== names.at(-1))) return { erased, more: true };
  }
  return { erased, more: false };
}
