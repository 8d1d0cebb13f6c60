/** A Curfew of an example's own: `npm start` on a free port, in a directory that goes with it. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface OwnCurfew {
  readonly url: string;
  readonly operatorKey: string;
  /** Resolves once it is gone, by whoever's doing. */
  readonly stopped: Promise<void>;
  stop(): Promise<void>;
}

/** `undefined` where it does not start; it has said why. */
export async function startOwnCurfew(realms: string): Promise<OwnCurfew | undefined> {
  const data = mkdtempSync(join(tmpdir(), 'curfew-example-'));
  const operatorKey = randomBytes(24).toString('base64url');
  const local = fileURLToPath(new URL('../bin/local.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [...process.execArgv, local, '--port', '0', '--data', data, '--realms', realms],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, CURFEW_OPERATOR_KEY: operatorKey },
    },
  );
  const stopped = new Promise<void>((resolve) => {
    child.once('exit', () => {
      rmSync(data, { recursive: true, force: true });
      resolve();
    });
  });
  const url = await new Promise<string | undefined>((resolve) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const ready = /^Curfew is listening on (\S+)$/m.exec(said)?.[1];
      if (ready !== undefined) resolve(ready);
    });
    void stopped.then(() => resolve(undefined));
  });
  if (url === undefined) return undefined;
  const stop = () => {
    child.kill('SIGTERM');
    return stopped;
  };
  return { url, operatorKey, stopped, stop };
}
