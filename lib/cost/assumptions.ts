/** What nobody has counted here: taken from the platform's documentation, or supposed. Each may be wrong by a half; `--help` names them. */

/** Of each function (`lib/deploy/curfew-function.ts`). */
export const MEMORY_GB = 0.5;

/** How long functions take, in milliseconds that are paid for: round trips within the Region, and little else. */
export const TAKES = {
  /** One of the table, one after the other. */
  request: 6,
  /** One or two of those side by side, and what is around them. */
  station: 15,
  /** A page: a query, then a read of a hundred. */
  sweepPage: 25,
  /** A page's writes, side by side. */
  sweepWrites: 40,
  sweepStart: 15,
  /** A batch of the stream: history, then the bus. */
  journalBatch: 15,
  journalEntry: 0.5,
  console: 60,
  /** As long as the receiver takes. */
  webhook: 120,
} as const;

/** What Lambda and API Gateway themselves write for an invocation and for a request, and what each line counts besides. */
export const PLATFORM_LOG = { invocationLines: 2, invocationBytes: 390, accessBytes: 330, lineBytes: 26 } as const;

/** Logs are kept a month, compressed to about this. */
export const LOG_COMPRESSED = 0.15;

/** An answer with its headers and what TLS adds. */
export const ANSWER_BYTES = 1_200;

/** Of items: a seat and one of history, each with its entry of the index, a station; and a hundred bytes for each that the table adds. */
export const ITEM_BYTES = { seat: 1_000, history: 1_000, station: 600 } as const;

/** The seat of a session that had one of its own is kept about this long. */
export const SEAT_KEPT_DAYS = 9;

/** The stream of a table has about as many shards as the table has partitions: four, and one for each 1,000 writes a second. */
export const STREAM_SHARDS_MIN = 4;
/** Of `lib/deploy/journal.ts`: how many read one of them, how long they wait for company, and for how much. */
export const JOURNAL = { lanes: 4, batch: 100 } as const;

/** Of `lib/deploy/webhook.ts`; Lambda asks an empty queue from five places, for 20 seconds each. */
export const WEBHOOK = { batch: 10, pollsPerHour: 5 * 3 * 60 } as const;

/** In the busiest second, so many times what the busiest hour has on average. */
export const BURST = 3;

/** All stations are back within this after a power cut. */
export const REBOOT_SECONDS = 60;
