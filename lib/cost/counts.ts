/**
 * What each thing that Curfew does asks of the platform: the one table of which bills and needs are made.
 * `test/cost/counts.test.ts` runs the real functions and compares.
 */
import { SHARDS_MAX } from '../table.ts';

export interface Count {
  /** Requests to the table. */
  readonly requests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Of these, units of the index of deadlines: they fall on one shard's key. Entries by station fall on keys of their own. */
  readonly indexUnits: number;
  /** Entries of the table's stream that the journal is woken by. */
  readonly changes: number;
  /** What the function itself writes to its log, metrics among it, in lines and bytes. */
  readonly logLines: number;
  readonly logBytes: number;
}

const count = (
  requests: number,
  writeUnits: number,
  { readUnits = 0, indexUnits = 0, changes = 0, logLines = 0, logBytes = 0 }: Partial<Count> = {},
): Count => ({ requests, writeUnits, readUnits, indexUnits, changes, logLines, logBytes });

/** The line by which each delivery is known (docs/operating.md), and a metric. */
const HEARD = { logLines: 1, logBytes: 240 };
const METRIC_BYTES = 230;
const heardAndCounted = { logLines: 2, logBytes: HEARD.logBytes + METRIC_BYTES };

/** What a station says, once its container knows the station and has armed the slot. A refused write costs as if it were done. */
export const STATION_COUNTS = {
  /** The seat; it gets an entry of the index. */
  login: count(1, 2, { indexUnits: 1, changes: 1, ...heardAndCounted }),
  /** The panel is written beside it. */
  'login at a panel': count(2, 3, { indexUnits: 1, changes: 1, ...heardAndCounted }),
  /** And one write by which it can be explained: the first of its kind of this user there in a day gets an entry of the index. */
  'refused login': count(2, 3, heardAndCounted),
  'refused login at a panel': count(3, 4, heardAndCounted),
  ping: count(1, 1, { changes: 1, ...HEARD }),
  activity: count(1, 1, { changes: 1, ...HEARD }),
  'job-started': count(1, 1, { changes: 1, ...HEARD }),
  'job-ended': count(1, 1, { changes: 1, ...HEARD }),
  /** With its handle. The entry of the index goes. */
  logout: count(1, 2, { indexUnits: 1, changes: 1, ...HEARD }),
  /** Without: the panel knows who is there. */
  'logout of whoever is on the panel': count(2, 3, { indexUnits: 1, changes: 1, ...HEARD }),
  /** Its proof is no good: that is kept, once a minute of each station. */
  'wrong key': count(1, 2, { logLines: 2, logBytes: 370 }),
  'wrong key once more within a minute': count(0, 0, { logLines: 2, logBytes: 370 }),
} as const satisfies Record<string, Count>;

/** What a container asks that has not heard of a station for five minutes. */
export const STATION_LOOKUP = count(1, 0, { readUnits: 1 });

/** What a sweep does, beside one query and one read for a page of sessions. */
export const SWEEP_PAGE = { sessions: 100, requests: 2 } as const;
export const SWEEP_COUNTS = {
  /** Read, found live, left. */
  alive: count(0, 0, { readUnits: 0.5 }),
  /** Found live, its slot far away: its entry of the index moves. */
  moved: count(1, 3, { readUnits: 0.5, indexUnits: 2, changes: 1 }),
  /** Found on a lower rung: its entry of the index moves, perhaps to another shard. */
  lowered: count(1, 3, { readUnits: 0.5, indexUnits: 2, changes: 1 }),
  ended: count(1, 2, { readUnits: 0.5, indexUnits: 1, changes: 1 }),
} as const satisfies Record<string, Count>;

/** What a sweep says, whatever it found. */
export const SWEEP_SAYS = { logLines: 2, logBytes: 360 } as const;

/** What the backstop does where nothing is due: looks into every shard that there may ever have been, and counts those that hold seats. */
export const backstopCount = (shards: number, realms: number): Count =>
  count(2 * SHARDS_MAX + shards, 0, {
    readUnits: 0.5 * (2 * SHARDS_MAX + shards),
    logLines: realms + 3,
    logBytes: 150 * (realms + 2) + 200,
  });

/** An entry of the index, as a read of it counts: 4 KB for half a unit. */
export const INDEX_ENTRY_BYTES = 100;

/** What the journal does about a change. Requests come in batches: of history 25, of the bus 10. */
export const JOURNAL_COUNTS = {
  /** A renewal: nothing to tell. */
  renewed: { events: 0, ...count(0, 0) },
  opened: { events: 1, ...count(0, 0, { logLines: 1, logBytes: METRIC_BYTES }) },
  /** It has lost its seat: that is counted, and how late it is told. */
  invalidated: { events: 1, ...count(0, 0, { logLines: 2, logBytes: 2 * METRIC_BYTES }) },
  remembered: { events: 1, ...count(0, 0, { logLines: 1, logBytes: METRIC_BYTES }) },
  /** It goes to history, and to the index, by its station and its end. */
  ended: { events: 1, ...count(1 / 25, 2, { logLines: 2, logBytes: 2 * METRIC_BYTES }) },
  /** And from the panel, unless somebody else is there by now. */
  'ended at a panel': { events: 1, ...count(1 + 1 / 25, 3, { logLines: 2, logBytes: 2 * METRIC_BYTES }) },
} as const satisfies Record<string, Count & { events: number }>;

/**
 * What the dashboard's list of live sessions asks when it is drawn where some sixty are logged in: all of them are read, to be
 * sorted and counted, and every shard that there may ever have been is looked into.
 */
export const CONSOLE_LOOK = count(8 + SHARDS_MAX, 0, { readUnits: 110 });

/**
 * What a list of stations asks to say how one of them does: its panel and the seat of whoever is there, refusals of its own
 * and of users there, what ended there, and what its last user was refused elsewhere. The last twenty that ended, and
 * refusals, are read besides: half a unit each.
 */
export const HEALTH_LOOK = count(6, 0, { readUnits: 4 });

/** Of more stations the others are not looked at (lib/station/silence.ts). */
export const SILENCE_STATIONS_MAX = 10_000;

/**
 * What it asks to count stations that have fallen silent: one query of the index for each that has spoken within a day, and
 * what lists them besides. One that has not is asked after up to eight times more.
 */
export const silenceCount = (stations: number): Count =>
  count(stations, 0, { readUnits: 0.5 * stations, logLines: 2, logBytes: 300 });

/**
 * Of the alarms in `lib/deploy/alarms.ts`: what they look at, what they look at besides where there is a webhook, or where silent
 * stations are counted, and how many stand for others.
 */
export const ALARMS = { metrics: 31, metricsOfWebhook: 3, metricsOfSilence: 1, composite: 2 } as const;

/** The metrics there are: some are sent whenever the backstop runs, the others while stations speak. */
export const metricsOf = (realms: number, withRungs: boolean): { readonly always: number; readonly busy: number } => ({
  // OpenSessions and WorstOverdueMs, and the first by realm.
  always: 2 + realms,
  // Two of opened sessions, ended, late, swept; then refused and taken over, or, with rungs, invalidated and resumed. And
  // these by realm and by some reasons.
  busy: 7 + realms * (withRungs ? 9 : 10),
});
