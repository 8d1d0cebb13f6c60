import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPython } from '../support/python.ts';

const PINNED = 'ministack==1.5.33';
const READY_WITHIN_MS = 60_000;

/** An AWS of one account on this machine, gone when it is stopped. */
export interface Emulator {
  /** A folder that goes with the emulator. */
  readonly folder: string;
  /** What an AWS client needs in its environment to speak to this AWS and to no other. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Starts MiniStack, installed into `.venv` first where it is missing. It checks every signature and evaluates every
 * policy, so that what works here has the permissions that it needs; and it serves TLS, without which the bucket that
 * the CDK's bootstrap makes lets nobody in.
 */
export async function startEmulator(): Promise<Emulator> {
  installPython(PINNED);
  const folder = mkdtempSync(join(tmpdir(), 'curfew-deployed-'));
  const port = await freePort();
  const certificate = join(folder, 'ministack-tls', 'server.crt');
  const log = openSync(join(folder, 'emulator.log'), 'w');
  const emulator = spawn('.venv/bin/ministack', [], {
    // Its functions inherit its environment: nothing of the caller's AWS may be in it.
    env: {
      ...withoutAws(),
      TMPDIR: folder,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      USE_SSL: '1',
      AUTH: 'true',
      NODE_EXTRA_CA_CERTS: certificate,
    },
    stdio: ['ignore', log, log],
    // A process group of its own, for the functions' processes to end with it.
    detached: true,
  });
  const stop = async () => {
    if (emulator.exitCode === null && emulator.pid !== undefined) {
      process.kill(-emulator.pid, 'SIGTERM');
      await once(emulator, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(emulator, port, certificate);
  } catch (error) {
    await stop();
    throw error;
  }
  const endpoint = `https://localhost:${port}`;
  return {
    folder,
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      // No profile of this machine, whatever it holds.
      AWS_CONFIG_FILE: join(folder, 'no-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
      // The SDK in Node.js reads the one, the CDK's command the other.
      NODE_EXTRA_CA_CERTS: certificate,
      AWS_CA_BUNDLE: certificate,
    },
    stop,
  };
}

/** This process's environment without anything that could lead an AWS client to a real account. */
export function withoutAws(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

/** Asked by a process of its own: a running Node.js takes no further certificate. */
async function ready(emulator: ChildProcess, port: number, certificate: string): Promise<void> {
  const ask = `fetch('https://localhost:${port}/_ministack/health').then((r) => process.exit(r.ok ? 0 : 1))`;
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (emulator.exitCode !== null) throw new Error(`the emulator stopped with exit code ${emulator.exitCode}`);
    const client = spawn(process.execPath, ['--eval', ask], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
      stdio: 'ignore',
    });
    const [code] = await once(client, 'exit');
    if (code === 0) return;
  }
  throw new Error(`the emulator was not ready within ${READY_WITHIN_MS / 1_000} s`);
}
