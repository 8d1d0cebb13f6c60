/**
 * A directory for one process at a time. Each that takes it leaves a file there, `lock.<n>`, and only then looks whether
 * anybody else's is there, so of two that come at once at least one sees the other. Where a killed process has left its
 * file, those that come all reach for the next number, which one of them gets: the others find it at work.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from './process-identity.ts';
import { reasonOf, StartupError } from './startup-error.ts';

interface Holder {
  readonly file: string;
  readonly number: number;
  readonly pid: number;
  readonly isAlive: boolean;
}

/** Takes the directory; what it returns gives it back. Throws a `StartupError` if another process has it. */
export function takeLock(directory: string): () => void {
  for (;;) {
    const before = holdersOf(directory);
    refuseIfHeld(before, directory);
    const mine = join(directory, `lock.${Math.max(0, ...before.map(({ number }) => number)) + 1}`);
    if (!leaveWhole(mine)) continue;
    const others = holdersOf(directory).filter(({ file }) => file !== mine);
    try {
      refuseIfHeld(others, directory);
    } catch (error) {
      rmSync(mine, { force: true });
      throw error;
    }
    for (const { file } of others) rmSync(file, { force: true });
    return () => rmSync(mine, { force: true });
  }
}

function refuseIfHeld(holders: readonly Holder[], directory: string): void {
  const holder = holders.find(({ isAlive }) => isAlive);
  if (holder === undefined) return;
  const who = `Another Curfew (process ${holder.pid})`;
  throw new StartupError(`${who} runs on ${directory}; stop it or choose another --data.`);
}

/** A link appears with all that is in the file, and only if there is none of that name. */
function leaveWhole(file: string): boolean {
  const beside = `${file}.${randomUUID()}.new`;
  writeFileSync(beside, JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) }), { mode: 0o600 });
  try {
    linkSync(beside, file);
    return true;
  } catch (error) {
    if (reasonOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(beside);
  }
}

function holdersOf(directory: string): Holder[] {
  return readdirSync(directory).flatMap((name) => {
    const number = /^lock\.(\d+)$/.exec(name)?.[1];
    if (number === undefined) return [];
    const file = join(directory, name);
    const { pid, identity } = readHolder(file);
    return { file, number: Number(number), pid, isAlive: identity !== '' && processIdentity(pid) === identity };
  });
}

/** Nobody, where the file is gone again, or is damaged. */
function readHolder(file: string): { pid: number; identity: string } {
  try {
    const { pid, identity } = JSON.parse(readFileSync(file, 'utf8'));
    return { pid: Number(pid), identity: String(identity ?? '') };
  } catch {
    return { pid: 0, identity: '' };
  }
}
