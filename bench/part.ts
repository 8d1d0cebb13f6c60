/**
 * What `npm run bench` is made of: parts that measure something and hand back figures. A part says what it is about,
 * reports while it is at it, and judges nothing: goals stand beside the figures, and the table says whether they are met.
 */

export interface Part {
  /** As in `--only <name>`: short, of lower-case letters and hyphens. */
  readonly name: string;
  /** One sentence, above its figures. */
  readonly about: string;
  /** Runs only where it is named: it takes longer than all the others. @default no */
  readonly isLong?: boolean;
  run(options: Options, report: Report): Promise<readonly Figure[]>;
}

export interface Options {
  /** How often whatever takes time is measured; what is only counted is counted once. */
  readonly rounds: number;
  /** How many events, and how many minutes, for the parts that last. @default as many as the part is about */
  readonly events?: number;
  readonly minutes?: number;
}

/** Fewer make no record: a median of them is nobody's. */
export const ROUNDS_MIN = 5;

/** One line of progress, shown at once: `report('round 2 of 5: 16 in flight')`. */
export type Report = (line: string) => void;

export interface Figure {
  /** Unique within its part; what stands before ` / ` groups: `login + logout / bare SDK`. */
  readonly name: string;
  /** `ms`, `a second`, `requests`, `write units`, `kB`, …; `ratio` for one figure by another in the same round. */
  readonly unit: string;
  /** One a round, in the order of the rounds; exactly one for what is counted. */
  readonly values: readonly number[];
  /** Held by the median. Absent for what is only shown. */
  readonly goal?: Goal;
  /** What the reader should know beside it: of what, in what conditions. A few words. */
  readonly beside?: string;
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number };
