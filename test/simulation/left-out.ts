/**
 * What the mechanism does not cover, and the simulation therefore does not hold against it: all of it. docs/mechanism.md says
 * the same list (left-out.test.ts compares them).
 */
interface LeftOut {
  /** As docs/mechanism.md says it. */
  readonly what: string;
  readonly why: string;
}

/** How many words a seat or a panel remembers: those by which somebody came or left, others, and comings with their dates. */
export const REMEMBERED = { turns: 6, others: 4, comings: 4 } as const;

/** How many jobs a session remembers, running and ended. */
export const JOBS_REMEMBERED = 7;

export const LEFT_OUT = {
  forgotten: {
    what: 'A delivery older than the last six comings and goings of its seat or panel, or than the last four other words there, is news again. So is one with neither `id` nor `occurredAt`, and one whose date is older than the last four comings.',
    why: 'An item is small, and what is older is hardly on its way any more.',
  },
  lastMoment: {
    what: 'In the two seconds around a session’s deadline one function may answer a sign of life that it has ended while another, whose clock is behind, renews it.',
    why: 'Clocks differ. No other session starts in that time, and what a logout or an operator was told is so for good.',
  },
  underWay: {
    what: 'Of two words that are under way at once at one panel, or of one user of a realm without a limit, the later one may not find what the earlier one has yet to write, and a session stays until its lease ends; or it ends what its user has come back to within two seconds.',
    why: 'To know it would cost each login another request.',
  },
  copies: {
    what: 'In a realm of several seats, two copies of one login that are under way at once may open two sessions.',
    why: 'Each seat is an item of its own, and no write asks two of them.',
  },
  moved: {
    what: 'After a deployment that changes how many seats a realm has, or a station’s move to another realm, sessions of before are not found by a user’s name (nor, in the first case, from the panel), and a delivery of before that comes again is news.',
    why: 'Seats are named by their realm and its policy. The leases of those sessions run out.',
  },
} as const satisfies Readonly<Record<string, LeftOut>>;

export type LeftOutName = keyof typeof LEFT_OUT;
