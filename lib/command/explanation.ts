/** How `curfew explain` says it. */

import { printable } from '../printable.ts';
import type { EpochMs } from '../time.ts';
import type { PastShown, RealmShown, RefusalShown, SessionInFull, StationShown } from './answers.ts';
import type { Api } from './api.ts';
import { ago, instantOf, left } from './moments.ts';
import { indented } from './realms.ts';
import { refusalLines } from './refusals.ts';
import { pastReport, stationInWords } from './sessions.ts';
import { count, type Paint, table } from './terminal.ts';

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
export function explanationReport(api: Api, all: readonly Explanation[], paint: Paint): string {
  const known = all.filter(
    ({ holders, dormant, last, refusals }) =>
      holders.length + dormant.length + refusals.length > 0 || last !== undefined,
  );
  const others = all.filter(({ refusals }) => refusals.length === 0).flatMap(({ refusedStations }) => refusedStations);
  const parts = known.map((one) => realmPart(api, one, paint));
  const [first] = all;
  if (first !== undefined && known.length === 0) {
    const realms = all.map(({ realm }) => realm).join(', ');
    const nothing = `no session of ${printable(first.user)} is open in ${realms}, none is known that ended, and nothing was refused in the last day.`;
    parts.push(
      others.length === 0 ? `Nothing keeps ${printable(first.user)} from logging in: ${nothing}` : capitalized(nothing),
    );
  }
  if (others.length === 0) return parts.join('\n\n');
  const perhaps = [
    `Somebody who did not prove to be a station of the realm was refused at ${count(others.length, 'station')}; ${printable(first?.user ?? '')} may have stood there:`,
    '',
  ];
  return [...parts, [...perhaps, ...indented(refusalLines(api, others, paint))].join('\n')].join('\n\n');
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function realmPart(api: Api, told: Explanation, paint: Paint): string {
  const { holders, dormant, last, refusals } = told;
  const now = api.now();
  return [
    ...refusalLines(api, refusals, paint),
    ...(refusals.length === 0 ? [] : ['']),
    headline(told, now, paint),
    ...holders.flatMap((holder) => ['', ...indented(holderPart(told, holder, now, paint))]),
    ...dormant.flatMap((session) => [
      '',
      ...indented([
        `${printable(session.user)} has lost the seat at ${stationInWords(session)} and comes back there without being asked until ${session.resumableUntil} (${left(session.resumableUntil ?? '', now)}).`,
      ]),
    ]),
    ...(last === undefined ? [] : ['', `The last one that ended: ${pastReport(last, now)}`]),
  ].join('\n');
}

function headline(told: Explanation, now: EpochMs, paint: Paint): string {
  const { user, realm, holders, seats, freeAt } = told;
  const who = printable(user);
  if (freeAt !== undefined) {
    const cannot = paint('red', holders.length === 0 ? 'cannot log in yet' : 'cannot log in elsewhere');
    const taken = seats === 1 ? 'the seat is taken, and free' : `all ${seats} seats are taken, and one is free`;
    const again = holders.length === 0 ? '' : ', if nothing more is heard';
    return `${realm}: ${who} ${cannot}: ${taken} in ${left(freeAt, now)}, at ${freeAt}${again}.`;
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

function holderPart(told: Explanation, holder: Holder, now: EpochMs, paint: Paint): string[] {
  const { openedAt, heardAt, rung } = holder;
  const deadlines = Object.entries(holder.deadlines)
    .sort(([, a], [, b]) => instantOf(a) - instantOf(b))
    .map(([field, at]) => {
      const { name, means } = DEADLINE_WORDS[field] ?? { name: field, means: '' };
      const takes = name === holder.seatLostBy && field !== 'lingerAt' ? takesSeat(holder, at) : '';
      return [name, at, instantOf(at) > now ? left(at, now) : 'passed', means, takes];
    });
  return [
    `Held at ${stationInWords(holder)}: ${rung}, since ${openedAt} (${ago(openedAt, now)}), last heard ${heardAt} (${ago(heardAt, now)}).`,
    '',
    ...table(['deadline', 'at', 'left', 'counts', ''], deadlines, paint),
    '',
    ...sooner(told, holder).map((line) => `Sooner, if ${line}.`),
    ...later(holder, now).map((line) => `Later, ${line}.`),
    'Now:',
    '',
    `  ${holder.endCommand}`,
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
function later({ user, name, rung, registration, deadlines, seatLostBy }: Holder, now: EpochMs): string[] {
  const { maximumAt } = deadlines;
  if (seatLostBy === 'maximum' || maximumAt === undefined) return [];
  const where = printable(name);
  if (registration === undefined) return [`but not for long: ${where} is registered no more`];
  const moved =
    rung === 'lingering' || seatLostBy === 'idle'
      ? `${printable(user)} does something at ${where}`
      : `${where} gives a sign of life`;
  return [`if ${moved}, until ${maximumAt} (${left(maximumAt, now)}) at the most`];
}
