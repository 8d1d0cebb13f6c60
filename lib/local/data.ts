/**
 * The data directory: everything that outlives a run, readable by its owner alone.
 *
 * A file that is replaced is written beside itself, flushed and renamed, so that a crash leaves the old one or the new
 * one; what is only ever appended to is a log (log.ts).
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { takeLock } from './lock.ts';
import { reasonOf, StartupError } from './startup-error.ts';

export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  file(name: string): string;
  /** The secret in this file, made on first use and the same ever after. Throws a `StartupError` if others can read it. */
  secret(name: string): string;
  /** Lets another system have the directory. */
  release(): void;
}

/** Takes the directory for this process. Throws a `StartupError` if it cannot be written to or is in use. */
export function openDataDirectory(name: string): DataDirectory {
  const path = resolve(name);
  const file = (child: string) => join(path, child);
  let release: () => void;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    release = takeLock(path);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(`Cannot write to ${path} (${reasonOf(error)}); choose another directory with --data.`);
  }
  return {
    path,
    file,
    secret: (child) => readSecret(file(child)),
    release,
  };
}

function readSecret(file: string): string {
  try {
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if (reasonOf(error) !== 'EEXIST') throw error;
  }
  // Windows has no such modes: there everybody seems to.
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new StartupError(`Others can read the secret in ${file}; make it yours alone with chmod 600 ${file}.`);
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret === '') throw new StartupError(`The secret in ${file} is empty; delete the file to have a new one made.`);
  return secret;
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

async function flushDirectory(file: string): Promise<void> {
  const directory = await open(dirname(file), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** `undefined` when there is no such file. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Why what is in the directory cannot be used, and what to do. */
export const unusable = (file: string, error: unknown): StartupError =>
  new StartupError(`Cannot use ${file} (${reasonOf(error)}); let it be read and written, or move it away.`);
