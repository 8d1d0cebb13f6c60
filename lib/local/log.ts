/**
 * Lines of JSON, numbered in the order in which they were appended, in two files at most: one that grows, and the one
 * before it. What cannot be written whole is taken back; what a crash or a failing disk has left of a line is set aside
 * when the log is opened again.
 */
import { isUtf8 } from 'node:buffer';
import { appendFile, type FileHandle, open, readFile, rename, truncate } from 'node:fs/promises';
import { basename } from 'node:path';
import { flushDirectory, replaceFile, unusable } from './data.ts';
import { reasonOf } from './startup-error.ts';

type Entry = Readonly<Record<string, unknown>>;
export type Numbered = Entry & { readonly number: number };

export interface LogOptions {
  /** Throws a `StartupError` where it cannot be read or written. */
  readonly file: string;
  /** Told in one line what was set aside. */
  readonly say: (line: string) => void;
  /** From this size on, in bytes, the file becomes `<file>.old`, in the place of the one before. */
  readonly bytesMax?: number;
  /** Whether no entry before this number is needed any more. Until then the file grows on. @default none ever is */
  readonly mayForget?: (before: number) => boolean;
}

export const MEGABYTE = 1024 * 1024;
export const LOG_BYTES_MAX = 16 * MEGABYTE;

/** Where a reader is: behind so many bytes of one of the files that the log has ever had. */
export interface Place {
  readonly generation: number;
  readonly offset: number;
}

/** Before everything that is left. */
export const START: Place = { generation: 0, offset: 0 };

/** How much is read at once; a longer line is read alone. */
const PAGE_BYTES = 256 * 1024;

interface Waiting {
  readonly entries: readonly Entry[];
  readonly flush: boolean;
  readonly resolve: (last: number) => void;
  readonly reject: (error: unknown) => void;
}

export class Log {
  readonly #options: LogOptions;
  #handle: FileHandle | undefined;
  /** What is whole of the file that grows, in bytes: anything behind it is of an append that failed. */
  #size: number;
  #isTorn = false;
  #last: number;
  /** The number of the first entry of the file that grows, whether it is there yet or not. */
  #first: number;
  /** Of the file that grows; the one before it is the old one. */
  #generation = 1;
  #waiting: Waiting[] = [];
  /** One thing at a time: while anybody reads, no file becomes another. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #onGrown = new Set<() => void>();

  private constructor(options: LogOptions, handle: FileHandle, first: number, { bytes, last }: Whole) {
    this.#options = options;
    this.#handle = handle;
    this.#size = bytes;
    this.#last = last;
    this.#first = first;
  }

  static async open(options: LogOptions): Promise<Log> {
    const { file, say } = options;
    const old = await mend(`${file}.old`, 0, say);
    const current = await mend(file, old.last, say);
    const handle = await open(file, 'a', 0o600).catch((error) => {
      throw unusable(file, error);
    });
    return new Log(options, handle, old.last + 1, current);
  }

  /** The number of the last entry; 0 before there is any. */
  get last(): number {
    return this.#last;
  }

  /** Of the file that grows, in bytes. */
  get size(): number {
    return this.#size;
  }

  /**
   * Resolves to the number of the last of them once all are written: they survive a crash of the process then, and, if they
   * are flushed, one of the machine. Rejects if none is.
   */
  append(entries: readonly Entry[], { flush }: { flush: boolean } = { flush: true }): Promise<number> {
    return new Promise((resolve, reject) => {
      // What comes while others are written is written, and flushed, together.
      if (this.#waiting.push({ entries, flush, resolve, reject }) === 1) void this.#exclusively(() => this.#writeAll());
    });
  }

  /** The next entries from a place on, and the place behind them; none at the end. */
  page(place: Place): Promise<{ readonly entries: readonly Numbered[]; readonly place: Place }> {
    return this.#exclusively(async () => {
      let { generation, offset } = place;
      if (generation < this.#generation - 1) [generation, offset] = [this.#generation - 1, 0];
      for (; generation <= this.#generation; [generation, offset] = [generation + 1, 0]) {
        const isOld = generation < this.#generation;
        const { file } = this.#options;
        const bytes = await readLines(isOld ? `${file}.old` : file, offset, isOld ? undefined : this.#size);
        const entries = linesOf(bytes).map((line) => JSON.parse(String(line)) as Numbered);
        if (entries.length > 0) return { entries, place: { generation, offset: offset + bytes.length } };
        if (!isOld) break;
      }
      return { entries: [], place: { generation, offset } };
    });
  }

  /** Every entry after this one that is left. */
  async since(after: number): Promise<Numbered[]> {
    const found: Numbered[] = [];
    for (let page = await this.page(START); page.entries.length > 0; page = await this.page(page.place)) {
      found.push(...page.entries.filter(({ number }) => number > after));
    }
    return found;
  }

  /** Called whenever something was appended. Returns what ends that. */
  onGrown(listener: () => void): () => void {
    this.#onGrown.add(listener);
    return () => this.#onGrown.delete(listener);
  }

  close(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#handle?.close();
      this.#handle = undefined;
    });
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }

  async #writeAll(): Promise<void> {
    const batch = this.#waiting.splice(0);
    try {
      await this.#write(batch);
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const { entries, resolve } of batch) {
      this.#last += entries.length;
      resolve(this.#last);
    }
    for (const listener of this.#onGrown) listener();
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const handle = await this.#ready();
    const lines = batch
      .flatMap(({ entries }) => entries)
      .map((entry, index) => `${JSON.stringify({ number: this.#last + 1 + index, ...entry })}\n`);
    const bytes = Buffer.from(lines.join(''));
    this.#isTorn = true;
    await handle.writeFile(bytes);
    if (batch.some(({ flush }) => flush)) await handle.datasync();
    this.#isTorn = false;
    this.#size += bytes.length;
  }

  /** The file to append to: without what a failed append has left there, and a new one where it was long enough. */
  async #ready(): Promise<FileHandle> {
    const { file, bytesMax = LOG_BYTES_MAX, mayForget = () => true } = this.#options;
    if (this.#isTorn) {
      await this.#handle?.truncate(this.#size);
      this.#isTorn = false;
    }
    if (this.#size >= bytesMax && mayForget(this.#first)) {
      await rename(file, `${file}.old`);
      await this.#handle?.close();
      this.#handle = undefined;
      this.#generation += 1;
      this.#first = this.#last + 1;
      this.#size = 0;
    }
    if (this.#handle === undefined) {
      this.#handle = await open(file, 'a', 0o600);
      await flushDirectory(file);
    }
    return this.#handle;
  }
}

/** Whole lines from there on: a page of them, or one that is longer. */
async function readLines(file: string, offset: number, end = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const handle = await open(file, 'r').catch((error) => {
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  try {
    for (let length = PAGE_BYTES; handle !== undefined; length *= 2) {
      const wanted = Math.min(length, end - offset);
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, offset);
      const read = buffer.subarray(0, bytesRead);
      const whole = read.lastIndexOf(LINE_END) + 1;
      if (whole > 0 || bytesRead < length) return read.subarray(0, whole);
    }
    return Buffer.alloc(0);
  } finally {
    await handle?.close();
  }
}

const LINE_END = 0x0a;

/** Each without its end. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, start);
    lines.push(bytes.subarray(start, end === -1 ? undefined : end));
    start = end === -1 ? bytes.length : end + 1;
  }
  return lines;
}

interface Whole {
  readonly bytes: number;
  /** The number of the last entry, of the file before where this one has none. */
  readonly last: number;
}

/** Sets aside what is no entry, in `<file>.damaged`, and numbers what has no number. */
async function mend(file: string, before: number, say: (line: string) => void): Promise<Whole> {
  const bytes = await readFile(file).catch((error) => {
    if (reasonOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw unusable(file, error);
  });
  const kept: string[] = [];
  const damaged: Buffer[] = [];
  let last = before;
  for (const line of linesOf(bytes)) {
    const entry = entryOf(line);
    if (entry === undefined) {
      damaged.push(line, Buffer.of(LINE_END));
      continue;
    }
    const isNumbered = typeof entry.number === 'number' && entry.number > last;
    last = isNumbered ? Number(entry.number) : last + 1;
    kept.push(isNumbered ? `${line}\n` : `${JSON.stringify({ ...entry, number: last })}\n`);
  }
  const whole = Buffer.from(kept.join(''));
  try {
    if (damaged.length > 0) await setAside(file, Buffer.concat(damaged));
    // A line that a crash cut short needs no room to be taken away.
    if (bytes.subarray(0, whole.length).equals(whole)) await cut(file, bytes.length, whole.length);
    else await replaceFile(file, whole);
  } catch (error) {
    throw unusable(file, error);
  }
  const count = damaged.length / 2;
  if (count > 0) {
    const which = count === 1 ? '1 record that is not whole is' : `${count} records that are not whole are`;
    say(`${file}: ${which} set aside in ${basename(file)}.damaged; the other ${kept.length} are kept`);
  }
  return { bytes: whole.length, last };
}

/** On a full disk what is damaged is not worth the start. */
async function setAside(file: string, damaged: Buffer): Promise<void> {
  await appendFile(`${file}.damaged`, damaged, { mode: 0o600 }).catch((error) => {
    if (reasonOf(error) !== 'ENOSPC') throw error;
  });
}

async function cut(file: string, from: number, to: number): Promise<void> {
  if (to < from) await truncate(file, to);
}

function entryOf(line: Buffer): Entry | undefined {
  if (!isUtf8(line)) return undefined;
  try {
    const entry: unknown = JSON.parse(String(line));
    return typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? (entry as Entry) : undefined;
  } catch {
    return undefined;
  }
}
