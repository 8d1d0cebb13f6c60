/** A seat as an item, both ways. */

import { present } from '../present.ts';
import type {
  Deadlines,
  Ending,
  Epoch,
  Latest,
  OpenSession,
  RECENT_MAX,
  Reason,
  Seat,
  SeatKey,
  Session,
} from '../session/seat.ts';
import { TABLE } from '../table.ts';
import { DAY, type DurationMs, durationMs, type EpochMs, epochMs, since } from '../time.ts';
import {
  attributes,
  type Image,
  type Item,
  keyOf,
  numberIf,
  numberOf,
  textIf,
  textOf,
  toEpochSeconds,
  truthOf,
} from './items.ts';

const USER = 'user#';
export const SEAT = 'seat#';

/**
 * Past the latest that a session can end the item stays a week: longer than any retry, of a station's or the stream's,
 * lasts.
 */
const KEPT_PAST_LAST = durationMs(7 * DAY);

/** What a seat without a session remembers guards against a login that a logout overtook: on the way for minutes. */
const KEPT_WITHOUT_SESSION = DAY;

/** Stands for "no delivery": an update can copy an attribute that may be missing only by naming what else to write. */
export const NOBODY = '';

/** All items of one user, seats and history, are in this partition. */
export const userPartition = (realm: string, user: string): string => `${USER}${realm}#${user}`;

export const seatItemKey = ({ realm, user, seat }: SeatKey): Item =>
  keyOf(userPartition(realm, user), `${SEAT}${seat}`);

/** `undefined` when the item is no seat. A user may have a `#` in their name, a realm may not. */
export function seatKeyOf(item: Image): SeatKey | undefined {
  const partition = textOf(item, TABLE.partitionKey);
  const sort = textOf(item, TABLE.sortKey);
  if (!partition.startsWith(USER) || !sort.startsWith(SEAT)) return undefined;
  const [realm = '', ...user] = partition.slice(USER.length).split('#');
  return { realm, user: user.join('#'), seat: sort.slice(SEAT.length) };
}

/** The seat that an item is, or an image of the table's stream; `undefined` when there is none, or it is no seat. */
export function seatFromImage(item: Image | undefined): Seat | undefined {
  const key = item && seatKeyOf(item);
  if (item === undefined || key === undefined) return undefined;
  return {
    key,
    epoch: numberOf(item, 'epoch'),
    revision: numberOf(item, 'revision'),
    latest: {
      station: textOf(item, 'lastStation'),
      id: textOf(item, 'lastId'),
      ...present({ occurredAt: instantIf(item, 'lastOccurredAt') }),
    },
    ...recentOf(item),
    ...present({ previousId: deliveryIf(item, 'previousId'), previousLatest: previousLatestOf(item) }),
    ...(textIf(item, 'openedBy') === undefined ? {} : { session: sessionOf(item) }),
  };
}

/** The session of an item that holds one: a seat's, or one of history. */
export function sessionOf(item: Image): Session {
  const deadlines: Deadlines = {
    ...present({ idleAt: instantIf(item, 'idleAt') }),
    leaseAt: instantOf(item, 'leaseAt'),
    maximumAt: instantOf(item, 'maximumAt'),
    ...present({
      lingerAt: instantIf(item, 'lingerAt'),
      jobAt: instantIf(item, 'jobAt'),
      failoverMs: lengthIf(item, 'failoverMs'),
      rememberedUntil: instantIf(item, 'rememberedUntil'),
    }),
  };
  const facts = {
    station: textOf(item, 'station'),
    onPanel: truthOf(item, 'onPanel'),
    openedAt: instantOf(item, 'openedAt'),
    activeAt: instantOf(item, 'activeAt'),
    heardAt: instantOf(item, 'heardAt'),
    loggedOnAt: instantOf(item, 'loggedOnAt'),
    ...present({ madeAnewOf: numberIf(item, 'madeAnewOf'), resumedAt: instantIf(item, 'resumedAt') }),
    ...present({ pingedAt: instantIf(item, 'pingedAt') }),
    deadlines,
    jobs: numberOf(item, 'jobs'),
    openedBy: textOf(item, 'openedBy'),
  };
  const due = instantIf(item, TABLE.dueIndex.sortKey);
  if (due === undefined) return { ...facts, state: 'ended', ended: endingIn(item) };
  const rung = (textIf(item, 'rung') ?? 'active') as OpenSession['rung'];
  return { ...facts, state: 'open', rung, due };
}

export const endingIn = (item: Image): Ending => ({
  at: instantOf(item, 'endedAt'),
  reason: textOf(item, 'reason') as Reason,
  by: textOf(item, 'endedBy'),
  ...present({ note: textIf(item, 'note'), request: textIf(item, 'endRequest') }),
});

/** What is set of a session, whether it is open (`due`) or has ended. */
export const sessionAttributes = (session: Session): Item => ({
  ...attributes({
    station: session.station,
    onPanel: session.onPanel,
    openedAt: session.openedAt,
    activeAt: session.activeAt,
    heardAt: session.heardAt,
    loggedOnAt: session.loggedOnAt,
    madeAnewOf: session.madeAnewOf,
    resumedAt: session.resumedAt,
    pingedAt: session.pingedAt,
    idleAt: session.deadlines.idleAt,
    lingerAt: session.deadlines.lingerAt,
    leaseAt: session.deadlines.leaseAt,
    maximumAt: session.deadlines.maximumAt,
    jobAt: session.deadlines.jobAt,
    failoverMs: session.deadlines.failoverMs,
    rememberedUntil: session.deadlines.rememberedUntil,
    jobs: session.jobs,
    openedBy: session.openedBy,
  }),
  ...(session.state === 'open'
    ? attributes({ rung: rungText(session.rung), [TABLE.dueIndex.sortKey]: session.due })
    : endingAttributes(session.ended)),
});

/** Most sessions are active, and few items need to say so. */
export const rungText = (rung: OpenSession['rung']): string | undefined => (rung === 'active' ? undefined : rung);

export const endingAttributes = ({ at, reason, by, note, request }: Ending): Item =>
  attributes({ endedAt: at, reason, endedBy: by, note, endRequest: request });

export const latestAttributes = ({ station, id, occurredAt }: Latest): Item =>
  attributes({ lastStation: station, lastId: id, lastOccurredAt: occurredAt });

/** Where the marks of the last deliveries stand, the newest first. Short names, for there is hardly room. */
export const MARKS = ['m1', 'm2', 'm3'] as const satisfies { length: typeof RECENT_MAX };

function recentOf(item: Image): { recent?: readonly string[] } {
  const recent = MARKS.flatMap((name) => deliveryIf(item, name) ?? []);
  return recent.length === 0 ? {} : { recent };
}

/** Attributes that some seats lack: whoever writes over a seat without having read it takes away those it does not set. */
export const OPTIONAL = [
  'idleAt',
  'lingerAt',
  'jobAt',
  'failoverMs',
  'rememberedUntil',
  'madeAnewOf',
  'resumedAt',
  'pingedAt',
  'rung',
  'lastOccurredAt',
  'endedAt',
  'reason',
  'endedBy',
  'note',
  'endRequest',
] as const;

/** Its user may log in once more until its maximum, and be remembered for as long again from then on. */
export function ttlOf({
  loggedOnAt,
  deadlines: { maximumAt, failoverMs = durationMs(0), rememberedUntil },
}: OpenSession): Item {
  const last = maximumAt + Math.max(failoverMs, since(loggedOnAt, rememberedUntil ?? loggedOnAt));
  return attributes({ [TABLE.ttl]: toEpochSeconds(last + KEPT_PAST_LAST) });
}

/** A new epoch is no earlier than the instant at which it was chosen. */
export const ttlWithoutSession = (epoch: Epoch): Item =>
  attributes({ [TABLE.ttl]: toEpochSeconds(epoch + KEPT_WITHOUT_SESSION) });

const instantOf = (item: Image, name: string): EpochMs => epochMs(numberOf(item, name));

/** What an update writes where there was no instant to copy. */
export const NEVER_SAID = 0;

function previousLatestOf(item: Image): Latest | undefined {
  const station = deliveryIf(item, 'beforeStation');
  if (station === undefined) return undefined;
  const occurredAt = instantIf(item, 'beforeAt');
  return {
    station,
    id: textOf(item, 'beforeId'),
    ...present({ occurredAt: occurredAt === NEVER_SAID ? undefined : occurredAt }),
  };
}

/** Short names: with the longest that people give, an item is hardly under 1 KB. All three always, so that whoever writes over them without having read them leaves none behind. */
export const previousLatestAttributes = ({ station, id, occurredAt = epochMs(NEVER_SAID) }: Latest): Item =>
  attributes({ beforeStation: station, beforeId: id, beforeAt: occurredAt });

const deliveryIf = (item: Image, name: string): string | undefined => {
  const id = textIf(item, name);
  return id === NOBODY ? undefined : id;
};

function lengthIf(item: Image, name: string): DurationMs | undefined {
  const length = numberIf(item, name);
  return length === undefined ? undefined : durationMs(length);
}

function instantIf(item: Image, name: string): EpochMs | undefined {
  const at = numberIf(item, name);
  return at === undefined ? undefined : epochMs(at);
}
