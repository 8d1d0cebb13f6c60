/**
 * Cold start: how large each function is, and how long a new process takes to import it, beside the SDK's bare clients.
 * `node --import tsx bench/cold-start.ts --explain` prints what is in each.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { functionNames } from '../lib/build/functions.ts';
import { compile } from '../lib/realms/compiled.ts';
import { readRealms } from '../lib/realms/realms-file.ts';
import { TRAIL_DAYS } from '../lib/service/ports.ts';
import { SHARDS_DEFAULT } from '../lib/table.ts';
import { type Bundle, bundleBareClients, bundleFunction } from './bundles.ts';
import type { Figure, Part, Report } from './part.ts';
import { ratios, spreadOf } from './statistics.ts';

/** As everybody bundles them, with all the ways there are to find credentials. */
const BARE = 'bare SDK clients';
/** Without what our bundles leave out: what is left above it is our own. */
const BARE_AS_OURS = 'bare SDK clients bundled as ours';

/** Processor time, which what else the machine does changes least; of so many starts the quickest counts. */
const STARTS = 5;

const KB = 1_000;
const GOALS = { kB: { atMost: 375 }, ratio: { atMost: 1.25 } };
/** Of the function for which somebody stands and waits. */
const STATION = 'on-station-event';
const STATION_GOALS = { kB: { atMost: 300 }, asOurs: { atMost: 1.1 } };

export const coldStart: Part = {
  name: 'cold-start',
  about:
    'Each function’s bundle, as the stack makes it, and the processor time that a new process takes to import it, beside the SDK’s bare clients: as everybody bundles them, and as ours are bundled.',
  run: async ({ rounds }, report) => {
    const bundles = await bundleAll(report);
    const directory = mkdtempSync(join(tmpdir(), 'curfew-bench-bundles-'));
    try {
      for (const [name, { files }] of bundles) lay(folderOf(directory, name), files);
      const times = await timeAll([...bundles.keys()], rounds, directory, report);
      return figuresOf(bundles, times);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};

async function bundleAll(report: Report): Promise<Map<string, Bundle>> {
  const bundles = new Map([
    [BARE, await bundleBareClients()],
    [BARE_AS_OURS, await bundleBareClients({ asOurs: true })],
  ]);
  for (const name of functionNames()) {
    report(`bundling ${name}`);
    bundles.set(name, await bundleFunction(name));
  }
  return bundles;
}

const folderOf = (directory: string, name: string): string => join(directory, name.replaceAll(/\W+/g, '-'));

/** As the stack lays a function: its files, and the realms beside them. */
function lay(folder: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(folder);
  for (const [file, text] of files) writeFileSync(join(folder, file), text);
  writeFileSync(join(folder, 'realms.json'), compile(readRealms(readFileSync('realms.json', 'utf8'))));
}

/** Side by side in time: what is slow in one round is slow for all. */
async function timeAll(names: readonly string[], rounds: number, directory: string, report: Report) {
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    report(`round ${round} of ${rounds}`);
    const starts = new Map<string, number[]>(names.map((name) => [name, []]));
    for (let start = 0; start < STARTS; start++) {
      for (const [name, taken] of starts) taken.push(await importTime(join(folderOf(directory, name), 'index.mjs')));
    }
    for (const [name, taken] of starts) times.get(name)?.push(spreadOf(taken).min);
  }
  return times;
}

const execute = promisify(execFile);

const IMPORT = `
  const before = process.cpuUsage();
  await import(process.argv[1]);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(String((user + system) / 1_000), () => process.exit());
`;

async function importTime(file: string): Promise<number> {
  const argv = ['--input-type=module', '--eval', IMPORT, pathToFileURL(file).href];
  const { stdout } = await execute(process.execPath, argv, { env: ENVIRONMENT });
  return Number(stdout);
}

/** What any function wants to be set. Nothing is asked of anybody. */
const ENVIRONMENT = {
  ...Object.fromEntries(
    [
      'TABLE',
      'BUS',
      'TIMER_GROUP',
      'TIMER_ROLE_ARN',
      'TIMER_DLQ_ARN',
      'SWEEP_ARN',
      'MASTER_SECRET_ARN',
      'CONSOLE_END_ARN',
      'WEBHOOK_QUEUE_URL',
      'WEBHOOK_DLQ_URL',
    ].map((name) => [`CURFEW_${name}`, 'bench']),
  ),
  CURFEW_SHARDS: String(SHARDS_DEFAULT),
  CURFEW_AUDIT_DAYS: String(TRAIL_DAYS),
  CURFEW_METRICS: 'Curfew/bench',
  CURFEW_VERSION: 'bench',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

function figuresOf(bundles: ReadonlyMap<string, Bundle>, times: ReadonlyMap<string, readonly number[]>): Figure[] {
  const bare = times.get(BARE) ?? [];
  const bareAsOurs = times.get(BARE_AS_OURS) ?? [];
  return [...bundles].flatMap(([name, { bytes }]): Figure[] => {
    const isOurs = name !== BARE && name !== BARE_AS_OURS;
    const taken = times.get(name) ?? [];
    return [
      {
        name: `bundle / ${name}`,
        unit: 'kB',
        values: [bytes / KB],
        ...(isOurs ? { goal: name === STATION ? STATION_GOALS.kB : GOALS.kB } : {}),
      },
      { name: `import / ${name}`, unit: 'ms', values: taken },
      ...(isOurs
        ? [
            { name: `import / ${name} by ${BARE}`, unit: 'ratio', values: ratios(taken, bare), goal: GOALS.ratio },
            {
              name: `import / ${name} by ${BARE_AS_OURS}`,
              unit: 'ratio',
              values: ratios(taken, bareAsOurs),
              ...(name === STATION ? { goal: STATION_GOALS.asOurs } : {}),
            },
          ]
        : []),
    ];
  });
}

async function explain(): Promise<void> {
  for (const [name, { bytes, parts, bytesLater, partsLater }] of await bundleAll(() => {})) {
    console.log(`\n${name}: ${inKb(bytes)} at its start`);
    print(parts);
    if (bytesLater === 0) continue;
    console.log(`  and ${inKb(bytesLater)} when it is first needed`);
    print(partsLater);
  }
  function print(parts: Bundle['parts']): void {
    for (const { of, bytes } of parts) if (bytes >= KB) console.log(`  ${inKb(bytes).padStart(9)}  ${of}`);
  }
}

const inKb = (bytes: number): string => `${(bytes / KB).toFixed(1)} kB`;

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv.includes('--explain')) await explain();
