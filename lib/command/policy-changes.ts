/** What differs between two policies of a realm, in sentences about its users. */
import { bound, idleOf } from '../session/ladder.ts';
import type { Policy, TakeOver } from '../session/policy.ts';
import type { DurationMs } from '../time.ts';
import { inShort } from './lengths.ts';

export interface Change {
  /** Of the realms file. */
  readonly field: string;
  readonly from: string;
  readonly to: string;
  /** What becomes of users by it. */
  readonly says: string;
}

/** A field as the file has it, and what it means; the meaning may be the same though the value differs. */
interface Field {
  readonly field: string;
  readonly value: (policy: Policy) => string;
  readonly says: (is: Policy, was: Policy) => string;
}

const length = (value: DurationMs | undefined): string => (value === undefined || value === 0 ? 'off' : inShort(value));

/** `10m 2s at most, was 5m 2s`; `5m 2s at most, as before`. */
function compared(of: (policy: Policy) => string, is: Policy, was: Policy, qualified = ''): string {
  const [now, before] = [of(is), of(was)];
  return `${now}${qualified}, ${now === before ? 'as before' : `was ${before}`}`;
}

const SILENT = { id: '', reportsActivity: false };
const SEEN = { id: '', reportsActivity: true };
const heldBy = (station: typeof SILENT) => (policy: Policy) => inShort(bound(policy, station).withoutJob);

const TAKE_OVER: { readonly [Word in TakeOver]: string } = {
  refuse: 'who is logged in elsewhere is refused, and cannot end that session from where they are',
  offer: 'who is logged in elsewhere is refused, and may end that session from where they are',
  replace: 'who is logged in elsewhere is let in, and that session ends',
};

const FIELDS: readonly Field[] = [
  {
    field: 'profile',
    value: ({ profile }) => profile,
    says: () => 'what the realm does not say itself is now said by the other profile: see below',
  },
  {
    field: 'seats',
    value: ({ seats }) => String(seats),
    says: ({ seats }, was) =>
      `a user may hold ${seats === 'unlimited' ? 'any number of' : seats} sessions at once, was ${was.seats}`,
  },
  {
    field: 'idle',
    value: ({ idleMs }) => inShort(idleMs),
    says: (is, was) =>
      is.whenIdle === 'end'
        ? `where activity is reported, a user who does nothing is out after ${compared(({ idleMs }) => inShort(idleMs), is, was)}; a seat stays taken for ${compared(heldBy(SEEN), is, was, ' at most')}`
        : `where activity is reported, the session of a user who does nothing lingers after ${compared(({ idleMs }) => inShort(idleMs), is, was)}`,
  },
  {
    field: 'whenIdle',
    value: ({ whenIdle }) => whenIdle,
    says: ({ whenIdle }) =>
      whenIdle === 'end'
        ? 'an idle session ends, and its seat is free'
        : 'an idle session keeps its seat until its lease is over, and its user loses what they were at',
  },
  {
    field: 'ping',
    value: ({ pingMs }) => length(pingMs),
    says: ({ pingMs }) =>
      pingMs === undefined ? 'no station needs to ping' : `stations that can are to ping every ${inShort(pingMs)}`,
  },
  {
    field: 'lease',
    value: ({ leaseMs }) => inShort(leaseMs),
    says: (is, was) => `a seat stays taken for ${compared(heldBy(SILENT), is, was, ' at most')}`,
  },
  {
    field: 'failover',
    value: ({ failoverMs }) => length(failoverMs),
    says: ({ failoverMs }) =>
      failoverMs === 0
        ? 'a session whose seat is lost cannot be made anew'
        : `a session that lost its seat by its lease can be made anew for ${inShort(failoverMs)}`,
  },
  {
    field: 'logonToken',
    value: ({ logonTokenMs }) => length(logonTokenMs),
    says: ({ logonTokenMs }) =>
      logonTokenMs === undefined
        ? 'who has lost a session must log in again'
        : `a user is logged on anew without being asked for ${inShort(logonTokenMs)} after they logged in`,
  },
  {
    field: 'maximum',
    value: ({ maximumMs }) => inShort(maximumMs),
    says: ({ maximumMs }) => `no session lasts longer than ${inShort(maximumMs)}, whatever its station says`,
  },
  {
    field: 'job',
    value: ({ jobMs }) => length(jobMs),
    says: (is, was) =>
      `while a job runs, a seat stays taken for ${compared((policy) => inShort(bound(policy, SILENT).withJob), is, was, ' at most')}`,
  },
  { field: 'takeOver', value: ({ takeOver }) => takeOver, says: ({ takeOver }) => TAKE_OVER[takeOver] },
  {
    field: 'sweep',
    value: ({ sweepMs }) => inShort(sweepMs),
    says: ({ sweepMs }) =>
      `an end is announced up to ${inShort(sweepMs)} and two minutes after it; seats are free on time all the same`,
  },
  {
    field: 'retention',
    value: ({ retentionMs }) => inShort(retentionMs),
    says: ({ retentionMs }) => `what ends from then on is kept in history for ${inShort(retentionMs)}`,
  },
  {
    field: 'secretUrls',
    value: ({ secretUrls }) => secretUrls,
    says: ({ secretUrls }) =>
      secretUrls === 'allow'
        ? 'a station may prove who it is by an address that nobody else knows'
        : 'a station that proves who it is by a secret address is refused',
  },
];

/** In the order of the realms file's reference. Whom a webhook tells is compared where both sides say it. */
export function changesOf(was: Policy, is: Policy): Change[] {
  const changes = FIELDS.flatMap(({ field, value, says }) => {
    const [from, to] = [value(was), value(is)];
    return from === to ? [] : [{ field, from, to, says: says(is, was) }];
  });
  return [...changes, ...idleOfStations(was, is)];
}

function idleOfStations(was: Policy, is: Policy): Change[] {
  const ids = [...new Set([...was.idleOfStation.keys(), ...is.idleOfStation.keys()])].sort();
  return ids.flatMap((id) => {
    const own = ({ idleOfStation }: Policy) => {
      const idle = idleOfStation.get(id);
      return idle === undefined ? "the realm's" : inShort(idle);
    };
    const [from, to] = [own(was), own(is)];
    const after = (policy: Policy) => inShort(idleOf(policy, { id }));
    return from === to
      ? []
      : [
          {
            field: `idle of ${id}`,
            from,
            to,
            says: `there a user who does nothing is idle after ${compared(after, is, was)}`,
          },
        ];
  });
}
