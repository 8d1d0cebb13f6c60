/**
 * The DynamoDB engine: a process of its own on a hidden address of loopback, with its data in one file.
 *
 * It runs in its own process group, so that Ctrl-C reaches Curfew alone and running functions can still finish their
 * writes. Killed with -9, Curfew leaves an engine behind; the next start on the same file ends it first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, freeAddress } from './address.ts';
import { isExecutable, onPath } from './on-path.ts';
import { processIdentity } from './process-identity.ts';
import { reasonOf, StartupError } from './startup-error.ts';
import { CURE } from './table-file.ts';

export interface Engine {
  readonly url: string;
  readonly address: Address;
  readonly pid: number;
  /** Resolves once the process is gone. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  /** The database file; in memory when absent. Beside it, `<file>.pid` names the process that has it open. */
  readonly file?: string;
  /** A new one, that nobody can guess, when absent. */
  readonly address?: Address;
  /** Called when the engine ends although nobody stopped it. */
  readonly onExit?: () => void;
}

const READY_WITHIN_MS = 10_000;

export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const binary = findEngine();
  const pidFile = options.file === undefined ? undefined : `${options.file}.pid`;
  if (options.file !== undefined && pidFile !== undefined) {
    mkdirSync(dirname(options.file), { recursive: true });
    await endOrphan(pidFile, options.file);
  }

  const address = options.address ?? (await freeAddress());
  const { host, port } = address;
  const database = options.file === undefined ? [] : ['--db-path', options.file];
  const child = spawn(binary, ['--host', host, '--port', String(port), ...database], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new StartupError(`The DynamoDB engine ${binary} cannot be run.`);
  if (pidFile !== undefined) {
    // Whole, whenever we are killed: the next start must know whom to end.
    writeFileSync(`${pidFile}.new`, JSON.stringify({ pid, identity: processIdentity(pid) }));
    renameSync(`${pidFile}.new`, pidFile);
  }

  // At the very end nobody can wait for it any more; it loses nothing that it has acknowledged.
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void exited.then(() => process.off('exit', endWithUs));
  const url = `http://${host}:${port}`;
  await waitUntilReady(child, url, options.file);

  let stopping = false;
  void exited.then(() => {
    if (!stopping) options.onExit?.();
  });
  return {
    url,
    address,
    pid,
    stop: async () => {
      stopping = true;
      child.kill('SIGTERM');
      await exited;
      if (pidFile !== undefined) rmSync(pidFile, { force: true });
    },
  };
}

/** The engine of this platform's package, else `dynoxide` on the PATH. */
function findEngine(): string {
  const packaged = fromPackage();
  if (packaged !== undefined) return packaged;
  const found = onPath('dynoxide');
  if (found !== undefined) return found;
  throw new StartupError(
    `There is no DynamoDB engine for ${process.platform}-${process.arch}: put \`dynoxide\` on the PATH, or name any ` +
      'DynamoDB endpoint (DynamoDB Local, say) in CURFEW_DYNAMODB_ENDPOINT.',
  );
}

function fromPackage(): string | undefined {
  let binary: string;
  try {
    const require = createRequire(import.meta.url);
    binary = join(dirname(require.resolve(`@dynoxide/${process.platform}-${process.arch}/package.json`)), 'dynoxide');
  } catch {
    return undefined;
  }
  if (!existsSync(binary)) return undefined;
  // Installed with scripts off, it lacks its run bit.
  if (!isExecutable(binary)) chmodSync(binary, 0o755);
  return binary;
}

/** Ends the engine that a killed system left on this file: only if it is the process that was written down. */
async function endOrphan(pidFile: string, database: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const { pid, identity } = writtenIn(pidFile);
  if (identity !== '') {
    const isOurs = () => processIdentity(pid) === identity && identity.includes(database);
    for (let waited = 0; isOurs(); waited += 20) {
      if (waited === 0) signal(pid, 'SIGTERM');
      if (waited > 2_000) signal(pid, 'SIGKILL');
      await sleep(20);
    }
  }
  // Only now: a start that is killed before leaves the orphan to the next one.
  rmSync(pidFile);
}

/** Nobody, where that is damaged. */
function writtenIn(pidFile: string): { readonly pid: number; readonly identity: string } {
  try {
    const { pid, identity } = JSON.parse(readFileSync(pidFile, 'utf8'));
    return { pid: Number(pid), identity: String(identity ?? '') };
  } catch {
    return { pid: 0, identity: '' };
  }
}

/** It may have ended by itself in this very moment. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (reasonOf(error) !== 'ESRCH') throw error;
  }
}

async function waitUntilReady(child: ChildProcess, url: string, file: string | undefined): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined && child.exitCode === null) return;
    await sleep(10);
  }
  child.kill('SIGKILL');
  const reason = said.trim().split('\n').at(-1) || 'it gave no reason';
  throw new StartupError(
    file === undefined
      ? `The DynamoDB engine did not start: ${reason}`
      : `The DynamoDB engine did not start on ${file}: ${reason}; ${CURE}.`,
  );
}
