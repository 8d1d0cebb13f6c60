/** Every piece of code in docs/clients.md, run as it stands against the whole system. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useTables } from '../support/engine.ts';
import { call, register } from '../support/local-client.ts';
import { type LocalProcess, spawnLocal } from '../support/local-process.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const newTable = useTables();
const temporaryDirectory = useTemporaryDirectories();

interface Piece {
  readonly n: number;
  readonly how: string;
  readonly language: string;
  readonly code: string;
}

/** Those that say, in a comment above, which station they are for. */
const PIECES: readonly Piece[] = [
  ...readFileSync(join(ROOT, 'docs/clients.md'), 'utf8').matchAll(/<!-- try: ([^\n]*) -->\n```(\w+)\n(.*?)```/gs),
].map(([, how = '', language = '', code = ''], n) => ({ n, how, language, code }));

/** Not everybody who runs the tests has each of these. */
const canRun = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
const HAS: Readonly<Record<string, boolean>> = {
  ts: true,
  sh: canRun('sh', '-c', 'command -v curl && command -v openssl && command -v od'),
  python: canRun('python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 9))'),
};
const isRunnable = ({ language }: Piece): boolean => HAS[language] === true;

const KINDS: Readonly<Record<string, object>> = {
  pinging: { kind: 'pinging' },
  basic: { kind: 'hosted', proof: 'basic' },
  signature: { kind: 'pinging', proof: 'signature' },
  gateway: { kind: 'gateway', proof: 'signature', speaksFor: ['lib-*'] },
};

const OPERATOR_KEY = 'an-operator-key-for-these-pieces-alone';
const PLACE = { realm: 'campus-print', location: '' };
const data = mkdtempSync(join(tmpdir(), 'curfew-pieces-'));
let curfew: LocalProcess;
let url: string;
beforeAll(async () => {
  const environment = { CURFEW_TABLE: newTable().table, CURFEW_OPERATOR_KEY: OPERATOR_KEY };
  curfew = spawnLocal(['--port', '0', '--data', data], environment);
  url = await curfew.ready;
  await register(url, OPERATOR_KEY, 'lib-7', { ...PLACE, kind: 'pinging', name: 'Library 7' });
});
afterAll(async () => {
  curfew.end();
  await curfew.exited;
  rmSync(data, { recursive: true, force: true });
});

async function run({ language, code }: Piece, environment: Readonly<Record<string, string>>) {
  const directory = temporaryDirectory();
  cpSync(join(ROOT, 'lib/client'), join(directory, 'client'), { recursive: true });
  cpSync(join(ROOT, 'clients'), directory, { recursive: true });
  const file = join(directory, `piece.${language === 'ts' ? 'mts' : language}`);
  writeFileSync(file, code);
  const [command, args] =
    language === 'ts'
      ? [process.execPath, ['--import', 'tsx', file]]
      : [language === 'python' ? 'python3' : 'sh', [file]];
  const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...environment } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, said };
}

test('there are pieces in each language', () => {
  expect(new Set(PIECES.map(({ language }) => language))).toEqual(new Set(['ts', 'python', 'sh']));
});

for (const piece of PIECES) {
  test.skipIf(!isRunnable(piece))(`${piece.language}, ${piece.how}`, { timeout: 30_000 }, async () => {
    const station = `${piece.language}-${piece.n}`;
    const kind = KINDS[piece.how] ?? {};
    const KEY = await register(url, OPERATOR_KEY, station, { ...PLACE, name: station, ...kind });
    const { status, said } = await run(piece, { URL: url, STATION: station, KEY });
    expect(said).not.toMatch(/urn:curfew:problem|Traceback|Error/);
    expect(status).toBe(0);

    // It has said what it was to say: somebody was in there, and has logged out.
    const { body } = await call(url, OPERATOR_KEY, 'GET', '/v1/realms/campus-print/users/fay?limit=20');
    const at = piece.how === 'gateway' ? 'lib-7' : station;
    expect(body.seats).toEqual([]);
    expect(body.history).toContainEqual(expect.objectContaining({ station: at, reason: 'logout' }));
  });
}
