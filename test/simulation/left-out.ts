/**
 * What the mechanism does not cover, and the simulation therefore does not hold against it: all of it. docs/mechanism.md says
 * the same list (left-out.test.ts compares them).
 */
interface LeftOut {
  /** In the words of docs/mechanism.md. */
  readonly what: string;
  readonly why: string;
}

/** How many words a seat or a panel remembers: those by which somebody came or left, others, and comings with their dates. */
export const REMEMBERED = { turns: 6, others: 4, comings: 4 } as const;

/** How many jobs a session remembers, running and ended. */
export const JOBS_REMEMBERED = 7;

export const LEFT_OUT = {
  forgotten: {
    what: 'A delivery older than the last six comings and goings of its seat or panel, or than its last four other words, is news; so is one without `id` and `occurredAt`, or with a date older than four comings.',
    why: 'An item is small, and what is older is hardly on its way any more.',
  },
  lastMoment: {
    what: 'Within two seconds of a deadline one function may tell that a session has ended, and another, whose clock is behind, renew it; no other session starts in that time.',
    why: 'Clocks differ. No other session starts in that time, and what a logout or an operator was told is so for good.',
  },
  underWay: {
    what: 'Of two words under way at once at one panel, or of one user without a limit, the later may not find what the earlier is still writing, which then ends by its lease; or it ends what its user has come back to within two seconds.',
    why: 'To know it would cost each login another request.',
  },
  copies: {
    what: 'Two copies of one login under way at once may open two sessions where a user has several seats.',
    why: 'Each seat is an item of its own, and no write asks two of them.',
  },
  moved: {
    what: 'Where a realm’s number of seats changes, or a station’s realm, sessions of before are not found by a user’s name, and a delivery of before is news.',
    why: 'Seats are named by their realm and its policy. The leases of those sessions run out.',
  },
} as const satisfies Readonly<Record<string, LeftOut>>;

export type LeftOutName = keyof typeof LEFT_OUT;
