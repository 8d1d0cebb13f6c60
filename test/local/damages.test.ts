/**
 * What a disk may have done to the data directory, file by file: each start says in one line what it found and what to do, or
 * goes on with what is whole. The table is made by what it does: docs/damages.md.
 */
import {
  appendFileSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BusEvent } from '../../lib/local/bus.ts';
import { Log } from '../../lib/local/log.ts';
import { type LocalSystem, type SystemOptions, startSystem } from '../../lib/local/system.ts';
import { openTextLog } from '../../lib/local/text-log.ts';
import { hasNamedDynamoDB, useEngine } from '../support/engine.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const PAGE = fileURLToPath(new URL('../../docs/damages.md', import.meta.url));
const REALMS = {
  realms: { lab: { profile: 'release-station', webhook: { url: 'https://receiver.example/hook' } } },
};
const IS_ROOT = process.geteuid?.() === 0;
const SOMEBODY_ELSE = 12_345;

const engine = useEngine();
const temporaryDirectory = useTemporaryDirectories();
let directory = '';
let whole = '';
let realmsFile = '';

const event: BusEvent = {
  version: '0',
  id: 'an event',
  source: 'curfew',
  account: '000000000000',
  time: '2026-11-22T12:00:00Z',
  region: 'us-east-1',
  resources: [],
  'detail-type': 'session.ended',
  detail: {},
};

async function start(data: string, options: Partial<SystemOptions> = {}) {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  let environment: Readonly<Record<string, string>> = {};
  const system = await startSystem({
    data,
    port: 0,
    realmsFile,
    say,
    onFatal: (error) => say(String(error)),
    loadHandlers: async (given, directory) => {
      environment = given;
      openTextLog({ file: directory.file('functions.log'), bytesMax: 1_000, say })('a line\n');
      return {
        onStationEvent: async () => ({ statusCode: 200 }),
        onOperatorRequest: async () => ({ statusCode: 204 }),
        onSweep: async () => {},
        onSeatChange: async () => ({ batchItemFailures: [] }),
        onSessionEvent: async () => ({ batchItemFailures: [] }),
        consoleWidget: async () => '',
        consoleEnd: async () => '',
      };
    },
    ...options,
  }).catch((error: Error) => {
    said.push(`refused: ${error.name === 'StartupError' ? error.message : error.stack}`);
    return undefined;
  });
  return { system, said, environment };
}

const credentialsIn = (environment: Readonly<Record<string, string>>) => ({
  region: 'us-east-1',
  endpoint: String(environment.AWS_ENDPOINT_URL_DYNAMODB),
  credentials: {
    accessKeyId: String(environment.AWS_ACCESS_KEY_ID),
    secretAccessKey: String(environment.AWS_SECRET_ACCESS_KEY),
  },
});

/** A directory that has been in use, with something in every file. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'curfew-damages-'));
  realmsFile = join(directory, 'realms.json');
  writeFileSync(realmsFile, JSON.stringify(REALMS));
  whole = join(directory, 'whole');
  const { system, environment } = await start(whole);
  const client = new DynamoDBClient(credentialsIn(environment));
  for (let n = 0; n < 3; n += 1) {
    const Item = { pk: { S: `user#${n}` }, sk: { S: 'seat#0' } };
    await client.send(new PutItemCommand({ TableName: 'curfew', Item }));
  }
  client.destroy();
  await system?.stop();
  // How many lines it has depends on how the changes came together.
  rmSync(join(whole, 'changes.ndjson'));
  const contents = {
    changes: [{ asked: { key: { pk: { S: 'user#0' }, sk: { S: 'seat#0' } } } }, { unchanged: 1 }, { through: 2 }],
    events: [event, event, event],
    'dead-letters': [event, event, event],
  };
  for (const [name, entries] of Object.entries(contents)) {
    const log = await Log.open({ file: join(whole, `${name}.ndjson`), say: () => {} });
    await log.append(entries.map((entry) => ({ ...entry })));
    await log.close();
  }
  const backstop = readFileSync(join(whole, 'schedules/curfew@backstop.json'), 'utf8');
  const timer = JSON.parse(
    backstop.replaceAll('backstop', 's0-timer').replace('rate(1 minute)', 'at(2099-01-01T00:00:00)'),
  );
  writeFileSync(join(whole, 'schedules/curfew@s0-timer.json'), JSON.stringify({ ...timer, dueAt: Date.UTC(2099, 0) }));
  const message = { id: '1', body: JSON.stringify(event), tries: 1, visibleAt: Date.UTC(2099, 0) };
  writeFileSync(
    join(whole, 'webhooks.json'),
    JSON.stringify({ through: 3, messages: [message, { ...message, id: '2' }] }),
  );
  writeFileSync(join(whole, 'stream.json'), JSON.stringify({ streamArn: 'another', shards: {} }));
  writeFileSync(join(whole, 'lock.1'), JSON.stringify({ pid: 1, identity: 'a process that was killed' }));
  writeFileSync(join(whole, 'table.db.pid'), JSON.stringify({ pid: 1, identity: 'an engine that was killed' }));
  writeFileSync(join(whole, 'url'), 'http://127.0.0.1:1');
});

const DAMAGES = {
  empty: (file) => truncateSync(file),
  'cut short': (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2)),
  garbage: (file) => writeFileSync(file, Buffer.from(Array.from({ length: 500 }, (_, n) => (n * 167 + 131) % 256))),
  missing: (file) => rmSync(file),
  'another version': (file) => {
    if (file.endsWith('.db')) writeFileSync(file, Buffer.from(readFileSync(file)).fill(9, 18, 20));
    else if (file.endsWith('.ndjson')) appendFileSync(file, '["another","version"]\n');
    else writeFileSync(file, '{"version":7}');
  },
  'a directory': (file) => {
    rmSync(file);
    mkdirSync(file);
  },
  "somebody else's": (file) => chownSync(file, SOMEBODY_ELSE, SOMEBODY_ELSE),
} satisfies Readonly<Record<string, (file: string) => void>>;
type Damage = keyof typeof DAMAGES;

const FILES = [
  'operator-key',
  'master-key',
  'table.db',
  'table.db.pid',
  'changes.ndjson',
  'events.ndjson',
  'dead-letters.ndjson',
  'functions.log',
  'webhooks.json',
  'stream.json',
  'schedules/groups.json',
  'schedules/curfew@backstop.json',
  'schedules/curfew@s0-timer.json',
  'lock.1',
  'url',
];

/** The engine of the tests does for all that has nothing to do with the engine's own files. */
const NEEDS_ENGINE = /^(table|changes)/;

interface Row {
  readonly file: string;
  readonly damage: Damage;
  readonly says: readonly string[];
  readonly kept: string;
}
const rows: Row[] = [];

const cases = FILES.flatMap((file) => (Object.keys(DAMAGES) as Damage[]).map((damage) => ({ file, damage }))).filter(
  ({ file, damage }) =>
    !(damage === "somebody else's" && !IS_ROOT) &&
    !(hasNamedDynamoDB && NEEDS_ENGINE.test(file)) &&
    !(file === 'functions.log' && damage === 'another version'),
);

test.each(cases)('$file: $damage', async ({ file, damage }) => {
  const data = join(temporaryDirectory(), 'data');
  cpSync(whole, data, { recursive: true });
  const damaged = join(data, file);
  DAMAGES[damage](damaged);
  const before = existsSync(damaged) && damage !== 'a directory' ? readFileSync(damaged) : Buffer.alloc(0);

  const dynamodb = NEEDS_ENGINE.test(file)
    ? {}
    : { dynamodbEndpoint: engine.config.endpoint, table: (await engine.createTable()).name };
  const { system, said, environment } = await start(data, dynamodb);
  const says = said.map((line) => line.replaceAll(`${data}/`, ''));
  const isRefused = says.some((line) => line.startsWith('refused: '));
  expect(isRefused).toBe(system === undefined);
  for (const line of says) expect(line).not.toMatch(/\n/);
  if (isRefused) {
    expect(says.at(-1)).toContain(file);
    // Nothing was changed by a start that was refused: whoever brings a copy back finds the rest as it was.
    for (const name of ['events.ndjson', 'changes.ndjson', 'webhooks.json', 'master-key']) {
      if (name !== file) expect(readFileSync(join(data, name))).toEqual(readFileSync(join(whole, name)));
    }
  } else {
    const aside = `${damaged}.damaged`;
    // What is set aside is all that was damaged.
    if (existsSync(aside)) expect(before.includes(readFileSync(aside).subarray(0, -1))).toBe(true);
  }
  const kept =
    system === undefined
      ? 'everything: nothing was touched'
      : await whatIsKept(data, system, environment, NEEDS_ENGINE.test(file));
  await system?.stop();
  rows.push({ file, damage, says, kept });
});

async function whatIsKept(
  data: string,
  system: LocalSystem,
  environment: Readonly<Record<string, string>>,
  hasEngine: boolean,
): Promise<string> {
  const lines = (name: string) => readFileSync(join(data, name), 'utf8').split('\n').length - 1;
  const key = (name: string) => existsSync(join(whole, name)) && readFileSync(join(whole, name), 'utf8').trim();
  const client = new DynamoDBClient(credentialsIn(environment));
  const seats = hasEngine ? ((await client.send(new ScanCommand({ TableName: 'curfew' }))).Count ?? 0) : 3;
  client.destroy();
  await system.stop();
  const { messages } = JSON.parse(readFileSync(join(data, 'webhooks.json'), 'utf8'));
  const found: readonly (readonly [string, number | boolean, number | boolean])[] = [
    ['items of the table', seats, 3],
    ['events', lines('events.ndjson'), 3],
    ['dead letters', lines('dead-letters.ndjson'), 3],
    ['timers', readdirSync(join(data, 'schedules')).filter((name) => /@.*\.json$/.test(name)).length, 2],
    ['events that wait for a webhook', messages.length, 2],
    ['the operator key', system.operatorKey === key('operator-key'), true],
    ['the master key', environment.CURFEW_MASTER_KEY === key('master-key'), true],
  ];
  const lost = found.filter(([, is, was]) => is !== was);
  return lost.length === 0
    ? 'everything'
    : `all but ${lost.map(([what, is, was]) => (typeof is === 'number' ? `${Number(was) - is} of ${was} ${what}` : what)).join(', ')}`;
}

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  if (!IS_ROOT || hasNamedDynamoDB || rows.length < cases.length) return;
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const table = rows.map(
    ({ file, damage, says, kept }) =>
      `| \`${file}\` | ${damage} | ${says.map(cell).join('<br>') || 'nothing'} | ${kept} |`,
  );
  const text = `# What a disk may do to the data directory

Made by \`test/local/damages.test.ts\`, which does each of these to a directory that has been in use, and starts \`npm start\` on it. ${rows.length} damages; none stops a start without a line that names the file.
What is refused is left as it is; what is set aside is beside its file.

| file | damage | what the start says | what is kept |
|---|---|---|---|
${table.join('\n')}
`;
  if (process.env.CURFEW_WRITE_DAMAGES !== undefined) writeFileSync(PAGE, text);
  expect(readFileSync(PAGE, 'utf8')).toBe(text);
});
