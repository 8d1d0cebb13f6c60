/**
 * What Curfew may cost, in counts that no machine's mood changes: as much as it does today and a little room. Whoever needs
 * more raises the number here, and says why in the commit.
 */

/** Of the sweep's function: a page of a hundred is one query, one read, and a write for each that has ended. */
export const SWEEP = { writesPerSession: 1, requestsPerSession: 1.03 } as const;

/** Of the journal's function, in batches of a hundred records; requests to the table and to the bus together. */
export const JOURNAL = { login: 0.1, ping: 0, end: 0.14, endAtPanel: 1.14 } as const;

/** At a hundred logins a second, in the containers that it takes to answer them. By shards: each has timers of its own. */
export const SCHEDULER_CALLS_PER_SESSION = { ofTwoShards: 0.01, ofFourShards: 0.02 } as const;

/** Bytes of each function's bundle that a cold start reads; what it reads when it is first needed is not counted. 350,000 are the most that any may have. */
export const BUNDLE_BYTES: Readonly<Record<string, number>> = {
  'console-end': 295_000,
  'console-widget': 326_000,
  'on-operator-request': 345_000,
  'on-seat-change': 232_000,
  'on-session-event': 177_000,
  'on-station-event': 300_000,
  'on-sweep': 228_000,
};
export const BUNDLE_BYTES_MAX = 350_000;
