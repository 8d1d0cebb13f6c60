/** `npm start` as a process of its own, as a person would run it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface LocalProcess {
  readonly child: ChildProcess;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the URL once it says that it is listening; rejects if it ends before that. */
  readonly ready: Promise<string>;
  /** Resolves once it and all that shares its output is gone. */
  readonly exited: Promise<number | null>;
  /** Signals it and its whole process group, as a terminal does. */
  signalGroup(signal: NodeJS.Signals): void;
  /** Ends it, if it has not ended. */
  end(): void;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What `npm start` runs. */
export function spawnLocal(args: readonly string[], environment: Record<string, string> = {}): LocalProcess {
  return watch([process.execPath, '--import', 'tsx', 'bin/local.ts', ...args], environment);
}

/** With npm, its shell and what else lies between. */
export function spawnNpmStart(args: readonly string[], environment: Record<string, string> = {}): LocalProcess {
  return watch(['npm', 'start', '--', ...args], environment);
}

function watch([command = '', ...args]: readonly string[], environment: Record<string, string>): LocalProcess {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const signalGroup = (signal: NodeJS.Signals) => void process.kill(-(child.pid ?? Number.NaN), signal);
  let isRunning = true;
  const end = () => {
    if (isRunning) signalGroup('SIGTERM');
  };
  // In a group of its own, it would outlive a test run that is broken off.
  process.once('exit', end);
  const printed = { stdout: '', stderr: '' };
  child.stderr.on('data', (chunk) => {
    printed.stderr += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  void exited.then(() => {
    isRunning = false;
    process.off('exit', end);
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      printed.stdout += chunk;
      const url = /^Curfew is listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(printed.stdout)?.[1];
      if (url !== undefined) resolve(url);
    });
    void exited.then(() => reject(new Error(`npm start ended: ${printed.stderr}`)));
  });
  // Whoever only waits for the exit is not told twice.
  ready.catch(() => {});
  return { child, stdout: () => printed.stdout, stderr: () => printed.stderr, ready, exited, signalGroup, end };
}

/** The process of the engine that has this data directory open. */
export const enginePid = (data: string): number => JSON.parse(readFileSync(join(data, 'table.db.pid'), 'utf8')).pid;
