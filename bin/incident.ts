/** `npm run incident`: replays the crashed printer in real time, and exits with 1 if any step differs. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Option, program } from 'commander';
import { Deviation, replay } from '../lib/local/incident.ts';
import { DEMO_REALM as REALM } from '../lib/local/realms.ts';

const options = program
  .name('npm run incident --')
  .description('Replays the crashed printer against a running local system, or against one that it starts and stops.')
  .addOption(new Option('--url <url>', 'a running system (else the one on CURFEW_PORT or 4600, else its own)'))
  .addOption(new Option('--data <directory>', "the running system's").env('CURFEW_DATA').default('.curfew'))
  .parse()
  .opts<{ readonly url?: string; readonly data: string }>();

interface System {
  readonly url: string;
  readonly operatorKey: string;
  stop(): Promise<void>;
}

const system = await findOrStart();
try {
  await replay(system, console.log);
} catch (error) {
  const what = error instanceof Deviation ? 'This is not what should have happened' : 'The replay broke off';
  console.error(`\n${what}: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await system.stop();
}

async function findOrStart(): Promise<System> {
  const url = options.url ?? `http://127.0.0.1:${process.env.CURFEW_PORT ?? 4600}`;
  const keyFile = join(options.data, 'operator-key');
  const operatorKey =
    process.env.CURFEW_OPERATOR_KEY || (existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : undefined);
  const problem = operatorKey === undefined ? `there is no operator key in ${keyFile}` : await probe(url, operatorKey);
  if (problem === undefined && operatorKey !== undefined) {
    console.log(`The crashed printer, on ${url} (realm ${REALM})\n`);
    return { url, operatorKey, stop: async () => {} };
  }
  if (options.url !== undefined) {
    console.error(`Cannot use ${url}: ${problem}`);
    process.exit(1);
  }
  return start();
}

/** What keeps the incident from being replayed there. */
async function probe(url: string, operatorKey: string): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${operatorKey}` };
  const response = await fetch(`${url}/v1/realms/${REALM}`, { headers }).catch(() => undefined);
  if (response === undefined) return 'nothing answers there';
  if (response.ok) return undefined;
  const why =
    response.status === 403
      ? 'is that the system of this data directory (--data)?'
      : 'the incident plays on a local system (npm start)';
  return `GET /v1/realms/${REALM} is answered ${response.status}; ${why}`;
}

async function start(): Promise<System> {
  const data = mkdtempSync(join(tmpdir(), 'curfew-incident-'));
  const local = fileURLToPath(new URL('local.ts', import.meta.url));
  const realms = fileURLToPath(new URL('../realms.json', import.meta.url));
  const args = [...process.execArgv, local, '--port', '0', '--data', data, '--realms', realms];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    rmSync(data, { recursive: true, force: true });
  };
  process.once('SIGINT', () => void stop().then(() => process.exit(130)));

  const url = await new Promise<string | undefined>((resolve) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const ready = /^Curfew is listening on (\S+)$/m.exec(said)?.[1];
      if (ready !== undefined) resolve(ready);
    });
    void exited.then(() => resolve(undefined));
  });
  if (url === undefined) {
    await stop();
    process.exit(1);
  }
  console.log(`The crashed printer, on a system started for it at ${url} (realm ${REALM})\n`);
  const key = process.env.CURFEW_OPERATOR_KEY || readFileSync(join(data, 'operator-key'), 'utf8').trim();
  return { url, operatorKey: key, stop };
}
