/** How `curfew explain` says it. */

import { printable } from '../printable.ts';
import type { PastShown, RealmShown, RefusalShown, SessionInFull, StationShown } from './answers.ts';
import type { Api } from './api.ts';
import { type Column, listingLines } from './listing.ts';
import { ago, instantOf, left, moment } from './moments.ts';
import { indented } from './realms.ts';
import { refusalLines } from './refusals.ts';
import { pastReport, stationInWords } from './sessions.ts';
import { count, linesOf, type View } from './terminal.ts';

/** All that is told of a user in one realm. */
export interface Explanation {
  readonly user: string;
  readonly realm: string;
  readonly seats: RealmShown['policy']['seats'];
  readonly takeOver: RealmShown['policy']['takeOver'];
  /** Whether a login at any station is let in now. */
  readonly canLogIn: boolean;
  /** From when on it is, if nothing more is heard. */
  readonly freeAt?: string;
  /** Those that hold a seat, the one that is free first in front. */
  readonly holders: readonly Holder[];
  /** Those that have lost theirs: their user comes back to them. */
  readonly dormant: readonly SessionInFull[];
  /** The newest that has ended. */
  readonly last?: PastShown;
  /** What they were refused in the last day. */
  readonly refusals: readonly RefusalShown[];
  /** Stations at which nobody is let in, for these do not prove who they are: they may have stood there. */
  readonly refusedStations: readonly RefusalShown[];
}

export interface Holder extends SessionInFull {
  /** What is registered under its id; nothing where it is no more. */
  readonly registration?: StationShown;
  readonly hasPanel: boolean;
  /** The first deadline to take its seat. */
  readonly seatLostBy: string;
  /** Ends it now. */
  readonly endCommand: string;
}

/** Of several realms those in which anything is known of the user. */
export function explanationReport(api: Api, all: readonly Explanation[], view: View): string {
  const known = all.filter(
    ({ holders, dormant, last, refusals }) =>
      holders.length + dormant.length + refusals.length > 0 || last !== undefined,
  );
  const others = all.filter(({ refusals }) => refusals.length === 0).flatMap(({ refusedStations }) => refusedStations);
  const parts = known.map((one) => realmPart(api, one, view));
  const [first] = all;
  if (first !== undefined && known.length === 0) {
    const realms = all.map(({ realm }) => realm).join(', ');
    const nothing = `no session of ${printable(first.user)} is open in ${realms}, none is known that ended, and nothing was refused in the last day.`;
    const told =
      others.length === 0 ? `Nothing keeps ${printable(first.user)} from logging in: ${nothing}` : capitalized(nothing);
    parts.push(linesOf(told, view));
  }
  if (others.length > 0) {
    const perhaps = `Somebody who did not prove to be a station of the realm was refused at ${count(others.length, 'station')}; ${printable(first?.user ?? '')} may have stood there:`;
    parts.push([...linesOf(perhaps, view), '', ...refusalLines(api, others, view, INDENT)]);
  }
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function realmPart(api: Api, told: Explanation, view: View): string[] {
  const { holders, dormant, last, refusals } = told;
  const lost = (session: SessionInFull) => {
    const until = session.resumableUntil ?? '';
    return `${printable(session.user)} has lost the seat at ${stationInWords(session)} and comes back there without being asked until ${moment(until, view)} (${left(until, view.now)}).`;
  };
  return [
    ...refusalLines(api, refusals, view),
    ...(refusals.length === 0 ? [] : ['']),
    ...linesOf(headline(told, view), view),
    ...holders.flatMap((holder) => ['', ...holderPart(told, holder, view)]),
    ...dormant.flatMap((session) => ['', ...linesOf(lost(session), view, INDENT)]),
    ...(last === undefined ? [] : ['', ...linesOf(`The last one that ended: ${pastReport(last, view)}`, view)]),
  ];
}

const INDENT = 2;

function headline(told: Explanation, { paint, ...view }: View): string {
  const { user, realm, holders, seats, freeAt } = told;
  const who = printable(user);
  if (freeAt !== undefined) {
    const cannot = paint('red', holders.length === 0 ? 'cannot log in yet' : 'cannot log in elsewhere');
    const taken = seats === 1 ? 'the seat is taken, and free' : `all ${seats} seats are taken, and one is free`;
    const again = holders.length === 0 ? '' : ', if nothing more is heard';
    const at = moment(freeAt, view);
    return `${realm}: ${who} ${cannot}: ${taken} in ${left(freeAt, view.now)}, at ${at}${again}.`;
  }
  return `${realm}: ${who} ${paint('green', 'can log in')}: ${whyIn(told)}.`;
}

function whyIn({ holders, seats }: Explanation): string {
  if (holders.length === 0) return 'no session holds a seat';
  if (seats === 'unlimited') return `${count(holders.length, 'session')}, and seats are unlimited`;
  return holders.length < seats
    ? `${holders.length} of ${seats} seats taken`
    : 'that takes the place of the session which has been silent the longest';
}

/** What each deadline means to whoever waits for it. */
const DEADLINE_WORDS: Readonly<Record<string, { readonly name: string; readonly means: string }>> = {
  idleAt: { name: 'idle', means: 'since the last activity' },
  lingerAt: { name: 'idle', means: 'since the last activity; from then on it lingers, and holds its seat' },
  leaseAt: { name: 'lease', means: "since the station's last sign of life" },
  maximumAt: { name: 'maximum', means: 'since it opened: nothing moves it' },
  jobAt: { name: 'job', means: 'while a job runs idle and lease wait, until then at the most' },
  rememberedUntil: { name: 'logon-token', means: 'since logon: until then its user is logged on again, unasked' },
};

interface DeadlineShown {
  readonly name: string;
  readonly at: string;
  readonly means: string;
  readonly takes: string;
}

const DEADLINE_COLUMNS: readonly Column<DeadlineShown>[] = [
  { name: 'deadline', told: ({ name }) => name },
  { name: 'at', told: ({ at }, view) => moment(at, view) },
  { name: 'left', told: ({ at }, { now }) => (instantOf(at) > now ? left(at, now) : 'passed') },
  // Where there is no room, the lines below say what moves it.
  { name: 'counts', told: ({ means }) => means, goes: 1 },
  { name: 'then', told: ({ takes }) => takes },
];

function holderPart(told: Explanation, holder: Holder, view: View): string[] {
  const { now } = view;
  const { openedAt, heardAt, rung } = holder;
  const deadlines = Object.entries(holder.deadlines)
    .sort(([, a], [, b]) => instantOf(a) - instantOf(b))
    .map(([field, at]): DeadlineShown => {
      const { name, means } = DEADLINE_WORDS[field] ?? { name: field, means: '' };
      const takes = name === holder.seatLostBy && field !== 'lingerAt' ? takesSeat(holder, at) : '';
      return { name, at, means, takes };
    });
  const since = (at: string) => `${moment(at, view)} (${ago(at, now)})`;
  const room = view.columns === undefined ? view : { ...view, columns: view.columns - INDENT };
  return [
    ...linesOf(
      `Held at ${stationInWords(holder)}: ${rung}, since ${since(openedAt)}, last heard ${since(heardAt)}.`,
      view,
      INDENT,
    ),
    '',
    ...indented(listingLines({ columns: DEADLINE_COLUMNS, items: deadlines }, room)),
    '',
    ...sooner(told, holder).flatMap((line) => linesOf(`Sooner, if ${line}.`, view, INDENT)),
    ...later(holder, view).flatMap((line) => linesOf(`Later, ${line}.`, view, INDENT)),
    '  Now:',
    '',
    `    ${holder.endCommand}`,
  ];
}

function takesSeat({ deadlines: { jobAt } }: Holder, at: string): string {
  return jobAt !== undefined && instantOf(jobAt) > instantOf(at) ? 'takes the seat, after the job' : 'takes the seat';
}

/** What people can do without an operator. */
function sooner({ user, takeOver }: Explanation, { hasPanel, name, deadlines }: Holder): string[] {
  const who = printable(user);
  const where = printable(name);
  return [
    hasPanel ? `${who} logs out at ${where}, another user logs in there, or it boots` : `${who} logs out at ${where}`,
    ...(deadlines.jobAt === undefined ? [] : ['the job ends: then the lease counts from there']),
    ...(takeOver === 'offer' ? [`${who} logs in elsewhere and takes over, which the realm offers`] : []),
  ];
}

/** What moves its deadlines; nothing moves the maximum. */
function later({ user, name, rung, registration, deadlines, seatLostBy }: Holder, view: View): string[] {
  const { maximumAt } = deadlines;
  if (seatLostBy === 'maximum' || maximumAt === undefined) return [];
  const where = printable(name);
  if (registration === undefined) return [`but not for long: ${where} is registered no more`];
  const moved =
    rung === 'lingering' || seatLostBy === 'idle'
      ? `${printable(user)} does something at ${where}`
      : `${where} gives a sign of life`;
  return [`if ${moved}, until ${moment(maximumAt, view)} (${left(maximumAt, view.now)}) at the most`];
}
