/**
 * What the mechanism does not cover, and the simulation therefore does not hold against it: all of it. docs/mechanism.md says
 * the same list (left-out.test.ts compares them).
 */
export interface LeftOut {
  /** As docs/mechanism.md says it. */
  readonly what: string;
  readonly why: string;
}

/** How many words a seat or a panel remembers: by whom somebody came or left, others, and comings with their dates. */
export const REMEMBERED = { turns: 6, others: 4, comings: 4 } as const;

/** How many jobs a session remembers, running and ended. */
export const JOBS_REMEMBERED = 8;

export const LEFT_OUT = {
  forgotten: {
    what: 'A delivery older than the last six comings and goings of its seat or panel, or than the last four other words there, is news again; so is a date older than the last four comings.',
    why: 'An item is small, and what is older is hardly on its way any more.',
  },
  lastMoment: {
    what: 'In the two seconds around a session’s deadline one function may answer a sign of life that it has ended while another, whose clock is behind, renews it.',
    why: 'Clocks differ. No other session starts in that time, and what a logout or an operator was told is so for good.',
  },
  underWay: {
    what: 'While a login at a panel is still being written, a later word there (another’s login, a logout, a boot) finds nothing to end: what the login then opens ends by its lease.',
    why: 'To know it would cost every login another write.',
  },
  copies: {
    what: 'In a realm of several seats, two copies of one login that are under way at once may open two sessions.',
    why: 'Each seat is an item of its own, and no write asks two of them.',
  },
  seatsChanged: {
    what: 'After a deployment has changed how many seats a realm has, or a station its realm, sessions of before are found by their handles and by their panel only, not by a user’s name.',
    why: 'Seats are named by the policy. Their leases run out.',
  },
} as const satisfies Readonly<Record<string, LeftOut>>;
