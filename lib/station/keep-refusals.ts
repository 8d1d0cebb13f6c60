/**
 * Keeps what stations are refused, so that it can be explained later. It never changes an answer: what cannot be kept in
 * time is counted and let go. And no stranger makes it dear: of callers who prove nothing a station keeps one a minute,
 * unless there is no such station, and each container looks up only so many names for them.
 */
import { present } from '../present.ts';
import type { Meter } from '../service/ports.ts';
import type { Realms } from '../session/policy.ts';
import { ANY_CASE, userKey } from '../session/user-key.ts';
import type { Mappings } from '../soap/dialect-text.ts';
import { after, type EpochMs, MINUTE, since } from '../time.ts';
import { BODY_BYTES_MAX, readJson, saidBody } from './body.ts';
import type { Delivery } from './delivery.ts';
import { dialectOf } from './dialect.ts';
import type { Masters } from './keys.ts';
import { type Said, userName } from './message.ts';
import { keepNewest } from './newest.ts';
import { KEPT, type Refusals, type Told } from './refusals.ts';
import type { Registry } from './registry.ts';
import type { StationRecord, Stations } from './stations.ts';
import { whyUnproven } from './unproven.ts';

export interface KeepingParts {
  readonly refusals: Pick<Refusals, 'keep'>;
  readonly registry: Registry;
  readonly stations: Pick<Stations, 'read'>;
  readonly realms: Realms;
  readonly dialects: Mappings;
  readonly master: () => Promise<Masters>;
  readonly meter: Meter;
  readonly complain: (message: string, error: unknown) => void;
  /** How much longer whoever waits at a panel waits for it at the most, in milliseconds. @default 300 */
  readonly withinMs?: number;
}

/** What somebody was refused, as far as it is known. */
export type Refused = Pick<Told, 'event' | 'problem' | 'reason' | 'detail' | 'holder'> & {
  readonly now: EpochMs;
  /** Of which it was said, where the caller proved who it is. */
  readonly station?: StationRecord;
  readonly user?: string;
  readonly delivery: Delivery;
};

const WITHIN_MS = 300;

/** More than a log line; a detail is cut where it would make an item dearer. */
const DETAIL_LENGTH_MAX = 240;

/** What nobody has proven names nobody with more bytes: a longer name is left out. */
const CLAIMED_BYTES_MAX = 64;

/** So many stations are looked up in a minute for callers who prove nothing. */
const LOOKUPS_PER_MINUTE = 30;

export function keepRefusals(parts: KeepingParts): (refused: Refused) => Promise<void> {
  /** In which minute something was last kept under a name. */
  const keptAt = new Map<string, EpochMs>();
  let lookups = { minute: -1, left: 0 };

  return async (refused) => {
    try {
      await inTime(keep(refused), parts.withinMs ?? WITHIN_MS);
    } catch (error) {
      parts.meter.add('RefusalNotKept', 1);
      parts.complain('a refusal is not kept', error);
    }
  };

  function keep(refused: Refused): Promise<void> {
    return refused.station === undefined ? keepUnproven(refused) : keepProven(refused, refused.station);
  }

  async function keepProven(refused: Refused, station: StationRecord): Promise<void> {
    const { now, event, problem, reason, detail, holder } = refused;
    const { id, realm } = station;
    if (!isFirstOfMinute([id, problem, refused.user ?? ''].join(' '), now)) return;
    const user = refused.user ?? (await claimedIn(station, refused.delivery))?.user;
    const about = present({ reason, detail: detail?.slice(0, DETAIL_LENGTH_MAX), user, holder });
    const told = { at: now, station: id, realm, isProven: true, event, problem, ...about };
    await keepOf(told);
  }

  async function keepUnproven(refused: Refused): Promise<void> {
    const { now, event, problem, detail, delivery } = refused;
    const { station: id } = delivery;
    if (id === '' || !isFirstOfMinute(`? ${id}`, now) || !mayLookUp(now)) return;
    const station = await parts.registry.recall(id, now);
    // So that nobody learns from how long it takes which stations there are, another request is made where there is none.
    if (station === undefined) {
      await parts.stations.read(id);
      return;
    }
    const isOfProof = problem === 'not-authenticated';
    const reason = isOfProof
      ? whyUnproven({ ...parts, masters: await parts.master() }, station, delivery, now)
      : undefined;
    const claimed = isOfProof ? await claimedIn(station, delivery) : undefined;
    const user = claimed?.user ?? claimed?.session?.user;
    const about = present({ reason, detail, user: isShort(user) ? user : undefined });
    const told = { at: now, station: id, realm: station.realm, isProven: false, event, problem, ...about };
    await keepOf(told);
  }

  /** By the key of the user whom it names; a name that is nobody's is left out. */
  async function keepOf({ user, ...told }: Told): Promise<void> {
    const found = user === undefined ? undefined : userKey(user, parts.realms.get(told.realm)?.users ?? ANY_CASE);
    const named = found !== undefined && 'key' in found ? { user: found.key } : {};
    await parts.refusals.keep({ ...told, ...named }, after(told.at, KEPT));
  }

  /** Within a minute the same is kept once by each container. */
  function isFirstOfMinute(name: string, now: EpochMs): boolean {
    const before = keptAt.get(name);
    if (before !== undefined && since(before, now) < MINUTE) return false;
    keepNewest(keptAt, name, now);
    return true;
  }

  function mayLookUp(now: EpochMs): boolean {
    const minute = Math.floor(now / MINUTE);
    if (lookups.minute !== minute) lookups = { minute, left: LOOKUPS_PER_MINUTE };
    lookups.left--;
    return lookups.left >= 0;
  }

  /** What a delivery says, read as its station's would be, also where not all of it can be understood. */
  async function claimedIn(
    { dialect }: StationRecord,
    asCame: Delivery,
  ): Promise<Pick<Said, 'user' | 'session'> | undefined> {
    const delivery = { ...asCame, body: saidBody(asCame.body) };
    const spoken = await dialectOf(delivery, { ...present({ dialect }), mappings: parts.dialects });
    const said = 'read' in spoken ? spoken.read(delivery) : undefined;
    return said?.ok === true ? said.value : present({ user: userAlone(delivery.body) });
  }
}

const isShort = (user: string | undefined): boolean =>
  user !== undefined && Buffer.byteLength(user) <= CLAIMED_BYTES_MAX;

/** The user of a body of JSON in which something else is wrong. */
function userAlone(body: Uint8Array): string | undefined {
  const json = body.length > BODY_BYTES_MAX ? undefined : readJson(body);
  const fields = json?.ok === true ? json.value : undefined;
  const given = typeof fields === 'object' && fields !== null && 'user' in fields ? fields.user : undefined;
  return userName.safeParse(given).data;
}

/** What comes too late is let go: it may still be done. */
async function inTime(work: Promise<void>, withinMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it takes longer than ${withinMs} ms`)), withinMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
