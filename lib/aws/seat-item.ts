/** A seat as an item, both ways. */

import { present } from '../present.ts';
import type { Job, Jobs } from '../session/jobs.ts';
import type { Deadlines, Ending, Epoch, OpenSession, Reason, Seat, SeatKey, Session } from '../session/seat.ts';
import { TABLE } from '../table.ts';
import { DAY, type DurationMs, durationMs, type EpochMs, epochMs, since } from '../time.ts';
import { heardIn, openerIn } from './heard.ts';
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

const USER = TABLE.partitions.user;
export const SEAT = 'seat#';

/**
 * Past the latest that a session can end the item stays a week: longer than any retry, of a station's or the stream's,
 * lasts.
 */
const KEPT_PAST_LAST = durationMs(7 * DAY);

/** What a seat without a session remembers guards against a login that a logout overtook: on the way for minutes. */
const KEPT_WITHOUT_SESSION = DAY;

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
    heard: heardIn(item),
    ...(openerIn(item) === undefined ? {} : { session: sessionOf(item) }),
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
    ...present({
      openedSaidAt: instantIf(item, 'openedSaidAt'),
      madeAnewOf: numberIf(item, 'madeAnewOf'),
      previousSeal: textIf(item, 'previousSeal'),
      chainFrom: numberIf(item, 'chainFrom'),
      resumedAt: instantIf(item, 'resumedAt'),
      pingedAt: instantIf(item, 'pingedAt'),
      jobSaidAt: instantIf(item, 'jobSaidAt'),
      jobNotes: jobNotesIn(item),
      seal: textIf(item, 'seal'),
      userAsTyped: textIf(item, 'typed'),
    }),
    deadlines,
    jobs: numberOf(item, 'jobs'),
    openedBy: openerIn(item) ?? textOf(item, 'opener'),
  };
  const due = instantIf(item, TABLE.dueIndex.sortKey);
  if (due === undefined) return { ...facts, state: 'ended', ended: endingIn(item) };
  const rung = (textIf(item, 'rung') ?? 'active') as OpenSession['rung'];
  return { ...facts, state: 'open', rung, due, ...present({ jobDue: instantIf(item, 'jobDue') }) };
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
    openedSaidAt: session.openedSaidAt,
    activeAt: session.activeAt,
    heardAt: session.heardAt,
    loggedOnAt: session.loggedOnAt,
    madeAnewOf: session.madeAnewOf,
    previousSeal: session.previousSeal,
    chainFrom: session.chainFrom,
    resumedAt: session.resumedAt,
    pingedAt: session.pingedAt,
    idleAt: session.deadlines.idleAt,
    lingerAt: session.deadlines.lingerAt,
    leaseAt: session.deadlines.leaseAt,
    maximumAt: session.deadlines.maximumAt,
    jobAt: session.deadlines.jobAt,
    failoverMs: session.deadlines.failoverMs,
    rememberedUntil: session.deadlines.rememberedUntil,
    ...jobAttributes(session),
    opener: session.openedBy,
    seal: session.seal,
    typed: session.userAsTyped,
  }),
  ...(session.state === 'open'
    ? attributes({ rung: rungText(session.rung), [TABLE.dueIndex.sortKey]: session.due, jobDue: session.jobDue })
    : endingAttributes(session.ended)),
});

/** Most sessions are active, and few items need to say so. */
export const rungText = (rung: OpenSession['rung']): string | undefined => (rung === 'active' ? undefined : rung);

export const endingAttributes = ({ at, reason, by, note, request }: Ending): Item =>
  attributes({ endedAt: at, reason, endedBy: by, note, endRequest: request });

/** What is kept of jobs, beside the latest of their caps. */
export const jobAttributes = ({ jobs, jobSaidAt, jobNotes }: Jobs) => ({
  jobs,
  jobSaidAt,
  jobNotes: jobNotes?.map(({ name = '', at, until }) => [name, inBase36(at), inBase36(until)].join(',')).join(' '),
});

const inBase36 = (at: EpochMs | undefined): string => at?.toString(36) ?? '';

function jobNotesIn(item: Image): readonly Job[] | undefined {
  const notes = textIf(item, 'jobNotes');
  return notes?.split(' ').map((note) => {
    const [name = '', at = '', until = ''] = note.split(',');
    const instant = (text: string) => (text === '' ? undefined : epochMs(Number.parseInt(text, 36)));
    return present({ name: name === '' ? undefined : name, at: instant(at), until: instant(until) });
  });
}

/** Attributes that some seats lack: whoever writes over a seat without having read it takes away those it does not set. */
export const OPTIONAL = [
  'idleAt',
  'lingerAt',
  'jobAt',
  'failoverMs',
  'rememberedUntil',
  'openedSaidAt',
  'madeAnewOf',
  'previousSeal',
  'chainFrom',
  'resumedAt',
  'pingedAt',
  'jobSaidAt',
  'jobNotes',
  'jobDue',
  'seal',
  'typed',
  // Of version 0.1.0: now `opener`.
  'openedBy',
  'rung',
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

function lengthIf(item: Image, name: string): DurationMs | undefined {
  const length = numberIf(item, name);
  return length === undefined ? undefined : durationMs(length);
}

function instantIf(item: Image, name: string): EpochMs | undefined {
  const at = numberIf(item, name);
  return at === undefined ? undefined : epochMs(at);
}
