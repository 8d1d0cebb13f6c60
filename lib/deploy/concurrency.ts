/**
 * How many of each function run at once: kept free for it in the account, and no more. Stations are the ones that can be
 * many, so they are the ones that are bound; the others have what they need whatever stations do.
 */
export interface Concurrency {
  /** @default 200: a thousand requests a second of 200 ms, several times what a login takes */
  readonly stations: number;
  /** @default 10: people and their scripts */
  readonly operators: number;
  /** @default 5 for each shard: its timers of two kinds, what goes on where one has run out of time, and the backstop */
  readonly sweeps: number;
  /** @default 32: eight shards of the table's stream, each read by four at once */
  readonly journal: number;
  /** @default 10: a hundred events under way at once, each for five seconds at most; only where a realm has a webhook */
  readonly webhooks: number;
}

export const concurrencyFor = (shards: number): Concurrency => ({
  stations: 200,
  operators: 10,
  sweeps: 5 * shards,
  journal: 32,
  webhooks: 10,
});
