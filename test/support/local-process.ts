/** `npm start` as a process of its own, as a person would run it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface LocalProcess {
  readonly child: ChildProcess;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the URL once it says that it is listening; rejects if it ends before that. */
  readonly ready: Promise<string>;
  readonly exited: Promise<number | null>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function spawnLocal(args: readonly string[], environment: Record<string, string> = {}): LocalProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bin/local.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stderr.on('data', (chunk) => {
    printed.stderr += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
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
  return { child, stdout: () => printed.stdout, stderr: () => printed.stderr, ready, exited };
}
