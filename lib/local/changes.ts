/**
 * The changes of the engine's table, as a stream of it would tell them: the engine's own wears out
 * (docs/decisions/0023-the-changes-of-one-machine.md). What an item was is written down before a write is passed on, and what it
 * became before the write is answered, so that whatever ends in between is found again by looking at the item.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBRecord } from 'aws-lambda';
import { present } from '../present.ts';
import { TABLE } from '../table.ts';
import { type Clock, type DurationMs, durationMs, SECOND } from '../time.ts';
import { type DeliveryOptions, deliverAll } from './delivery.ts';
import { REGION } from './lambda.ts';
import { Log, MEGABYTE, type Numbered, START } from './log.ts';

/** An item, or its key, as DynamoDB writes it in JSON. */
export type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;

export interface ChangesOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly say: (line: string) => void;
  /** From this size on, in bytes, the file becomes the old one, as soon as nothing in that is needed. @default 8 MB */
  readonly bytesMax?: number;
  /** While what was not delivered yet takes more than so many bytes, no write is taken. @default 64 MB */
  readonly waitingMax?: number;
}

/** A write of one item that may be under way, or done, or never come. */
export interface Asked {
  readonly number: number;
  readonly key: Image;
  /** Absent where there was no such item. */
  readonly old?: Image;
}

/** What became of it, if anything did. */
interface Settled extends Omit<Asked, 'number'> {
  readonly settles: number;
  readonly now?: Image;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A line of the log is one of these. */
interface Line extends Numbered {
  readonly asked?: Omit<Asked, 'number'>;
  /** Absent if nothing changed. */
  readonly settled?: Settled;
  readonly unchanged?: number;
  /** Everything up to this number is through. */
  readonly through?: number;
}

interface Opened {
  readonly log: Log;
  readonly clock: Clock;
  readonly waitingMax: number;
  readonly through: number;
  readonly open: Map<number, Asked>;
}

/** What has changed is not delivered: until some is, no write is taken. */
export class TooFarBehind extends Error {
  override readonly name = 'TooFarBehind';
}

export const CHANGES_BYTES_MAX = 8 * MEGABYTE;
export const WAITING_BYTES_MAX = 64 * MEGABYTE;

const RETRY_AFTER: DurationMs = durationMs(SECOND / 5);

/** So long it waits before it looks again: what came together is read, and delivered, together. */
const REST: DurationMs = durationMs(SECOND / 40);

export class Changes {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #waitingMax: number;
  readonly #open: Map<number, Asked>;
  readonly #stop = new AbortController();
  /** The number of the last line that is delivered, or needs no delivery. */
  #through: number;
  #loop: Promise<void> = Promise.resolve();

  private constructor({ log, clock, waitingMax, through, open }: Opened) {
    this.#log = log;
    this.#clock = clock;
    this.#waitingMax = waitingMax;
    this.#through = through;
    this.#open = open;
  }

  static async open({
    clock,
    bytesMax = CHANGES_BYTES_MAX,
    waitingMax = WAITING_BYTES_MAX,
    ...options
  }: ChangesOptions): Promise<Changes> {
    const open = new Map<number, Asked>();
    let through = 0;
    const mayForget = (before: number) => changes.#through >= before - 1 && [...open.keys()].every((n) => n >= before);
    const log = await Log.open({ ...options, bytesMax, mayForget });
    for (const line of (await log.since(0)) as Line[]) {
      if (line.asked !== undefined) open.set(line.number, { ...line.asked, number: line.number });
      open.delete(line.settled?.settles ?? line.unchanged ?? 0);
      through = line.through ?? through;
    }
    const changes: Changes = new Changes({ log, clock, waitingMax, through, open });
    return changes;
  }

  /** What was asked for and may have happened: nobody knows before it has looked. */
  get unsettled(): readonly Asked[] {
    return [...this.#open.values()];
  }

  /** Must have resolved before a write of these items is passed on, and only one of each item at a time may be under way. */
  async ask(items: readonly Omit<Asked, 'number'>[]): Promise<readonly Asked[]> {
    if (this.#log.size > this.#waitingMax) throw new TooFarBehind('the journal is too far behind');
    const last = await this.#log.append(items.map((asked) => ({ asked })));
    const asked = items.map((item, index) => ({ ...item, number: last - items.length + 1 + index }));
    for (const one of asked) this.#open.set(one.number, one);
    return asked;
  }

  /** Must have resolved before the write is answered, and before the next of this item is asked for. */
  async settle({ number, key, old }: Asked, now: Image | undefined): Promise<void> {
    const settled: Settled = { settles: number, key, ...present({ old, now }), at: this.#clock() };
    const line = isDeepStrictEqual(old, now) ? { unchanged: number } : { settled };
    // Lost with the machine's power, it is found again by what was asked.
    await this.#log.append([line], { flush: false });
    this.#open.delete(number);
  }

  /** Delivers from the first change on that is not through. */
  start(options: DeliveryOptions): void {
    this.#loop = this.#run(options);
  }

  /** Resolves once the batch that is being delivered is through, or was given up for the next run. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#loop;
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  async #run(options: DeliveryOptions): Promise<void> {
    const { signal } = this.#stop;
    let place = START;
    while (!signal.aborted) {
      const grown = this.#grown();
      try {
        const page = await this.#log.page(place);
        if (page.entries.length === 0) await grown;
        else if (await this.#deliver(page.entries as Line[], options)) place = page.place;
        await this.#pause(REST);
      } catch {
        // The disk may be full for a while; what is through is known all the same.
        await this.#pause(RETRY_AFTER);
      }
    }
  }

  async #deliver(lines: readonly Line[], options: DeliveryOptions): Promise<boolean> {
    const changes = lines.filter(({ number, settled }) => number > this.#through && settled !== undefined);
    const through = async (record: DynamoDBRecord) => {
      const number = Number(record.dynamodb?.SequenceNumber);
      await this.#log.append([{ through: number }], { flush: false });
      this.#through = number;
    };
    if (!(await deliverAll(changes.map(toRecord), options, through, this.#stop.signal))) return false;
    this.#through = Math.max(this.#through, lines.at(-1)?.number ?? 0);
    return true;
  }

  async #pause(length: DurationMs): Promise<void> {
    await sleep(length, undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  /** Resolves at the next line, or when this stops. */
  #grown(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        forget();
        this.#stop.signal.removeEventListener('abort', done);
        resolve();
      };
      const forget = this.#log.onGrown(done);
      this.#stop.signal.addEventListener('abort', done);
    });
  }
}

/** As Lambda hands over a record of a stream of new and old images. */
function toRecord({ number, settled }: Line): DynamoDBRecord {
  const { key, old, now, at } = settled ?? { key: {}, at: 0 };
  return {
    eventID: String(number),
    eventName: old === undefined ? 'INSERT' : now === undefined ? 'REMOVE' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: REGION,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(at / SECOND),
      Keys: key,
      ...present({ OldImage: old, NewImage: now }),
      SequenceNumber: String(number),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}

/** The key alone of an item. */
export const keyIn = (item: Image): Image =>
  Object.fromEntries(
    [TABLE.partitionKey, TABLE.sortKey].flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])),
  );
