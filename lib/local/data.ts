/**
 * The data directory: everything that outlives a run, readable by its owner alone.
 *
 * A file that is replaced is written beside itself, flushed and renamed, so that a crash leaves the old one or the new
 * one; what is only ever appended to is a log (log.ts).
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { takeLock } from './lock.ts';
import { reasonOf, StartupError } from './startup-error.ts';

export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  /** Whether an earlier run has left something here. */
  readonly isUsed: boolean;
  file(name: string): string;
  /**
   * The secret in this file, made on first use and the same ever after. Throws a `StartupError` if others can read it, or
   * `refuse` says why it is none.
   */
  secret(name: string, refuse: (secret: string) => string | undefined): string;
  /** Lets another system have the directory. */
  release(): void;
}

/** By its name, and whether it is a directory; what is not known here is no business of ours. */
const KNOWN: readonly (readonly [RegExp, boolean])[] = [
  [/^(operator-key|master-key|url|table\.db(-wal|-shm|\.pid)?|lock\.\d+|webhooks\.json|stream\.json)$/, false],
  [/^(events|changes|dead-letters)\.ndjson(\.old)?$|^functions\.log(\.old)?$/, false],
  [/^schedules$/, true],
  [/^schedules\/.*\.json$/, false],
];

/** Takes the directory for this process. Throws a `StartupError` if it cannot be written to, is in use or not all ours. */
export function openDataDirectory(name: string): DataDirectory {
  const path = resolve(name);
  const file = (child: string) => join(path, child);
  let release = () => {};
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    refuseForeign(path);
    release = takeLock(path);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(`Cannot write to ${path} (${reasonOf(error)}); choose another directory with --data.`);
  }
  return {
    path,
    isUsed: existsSync(file('events.ndjson')),
    file,
    secret: (child, refuse) => readSecret(file(child), refuse),
    release,
  };
}

/** A file of somebody else's is none that we can keep anything in, or believe. */
function refuseForeign(path: string): void {
  const us = process.geteuid?.();
  // Root works in the directories of others.
  const owners = [us, ...(us === 0 ? [statSync(path).uid] : [])];
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    const known = KNOWN.find(([pattern]) => pattern.test(name));
    const found = known && statSync(join(path, name), { throwIfNoEntry: false });
    if (known === undefined || found === undefined) continue;
    const file = join(path, name);
    const kind = found.isDirectory() ? 'a directory' : 'a file';
    if (found.isDirectory() !== known[1])
      throw new StartupError(`${file} is ${kind}, which it must not be; move it away.`);
    if (us !== undefined && !owners.includes(found.uid)) {
      throw new StartupError(
        `${file} belongs to another user (${found.uid}); take it over with chown, or move it away.`,
      );
    }
  }
}

function readSecret(file: string, refuse: (secret: string) => string | undefined): string {
  let secret: string;
  try {
    makeSecret(file);
    // Windows has no such modes: there everybody seems to.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
      throw new StartupError(`Others can read the secret in ${file}; make it yours alone with chmod 600 ${file}.`);
    }
    secret = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw error instanceof StartupError ? error : unusable(file, error);
  }
  const reason = secret === '' ? 'is empty' : refuse(secret);
  if (reason === undefined) return secret;
  throw new StartupError(
    `The secret in ${file} ${reason}; bring back the one that was there, or delete the file to have a new one made.`,
  );
}

function makeSecret(file: string): void {
  try {
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if (reasonOf(error) !== 'EEXIST') throw error;
  }
}

/** Replaces the file's content. Once it resolves, the new content survives a crash of the machine. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const beside = `${file}.new`;
  const handle = await open(beside, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
  await flushDirectory(file);
}

/** Deletes the file if it is there. */
export async function removeFile(file: string): Promise<void> {
  await unlink(file).catch((error) => {
    if (reasonOf(error) !== 'ENOENT') throw error;
  });
}

/** What was made or renamed there is found after a crash of the machine. */
export async function flushDirectory(file: string): Promise<void> {
  const directory = await open(dirname(file), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** What a file that is replaced as a whole is read with. */
export interface StateOptions<T> {
  readonly file: string;
  /** Throws if that is not what the file should hold. */
  readonly read: (json: unknown) => T;
  /** Told in one line that the file is damaged, and what comes of it. */
  readonly say: (line: string) => void;
  /** What comes of it: `its timer is forgotten`. */
  readonly without: string;
}

/** `undefined` when there is no such file, or it is damaged: then it is set aside. */
export async function readState<T>({ file, read, say, without }: StateOptions<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw unusable(file, error);
  }
  try {
    return read(JSON.parse(text));
  } catch {
    await rename(file, `${file}.damaged`).catch((error) => {
      throw unusable(file, error);
    });
    say(`${file} is damaged, and set aside as ${basename(file)}.damaged: ${without}`);
    return undefined;
  }
}

/** Why what is in the directory cannot be used, and what to do. */
export const unusable = (file: string, error: unknown): StartupError =>
  new StartupError(
    reasonOf(error) === 'ENOSPC'
      ? `There is no room for ${file} (ENOSPC); make some, or choose another directory with --data.`
      : `Cannot use ${file} (${reasonOf(error)}); let it be read and written, or move it away.`,
  );
