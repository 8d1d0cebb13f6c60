/**
 * `npm run torture`: many clients ask the real system about the same users while it is killed again and again and the
 * clocks of its functions are apart. What they were answered is checked by Porcupine, a linearizability checker that is
 * not ours, and against the promises. See docs/proof.md.
 */

import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, program } from 'commander';
import { parseHandle } from '../../lib/session/handle.ts';
import { type Chance, chance } from '../simulation/chance.ts';
import { audit, type Recorder, recorderOf, steadyNow } from './client.ts';
import { groupBy } from './grouping.ts';
import { letPeopleAsk } from './people.ts';
import { type Announced, PROMISES, type SeenUser, takenBack } from './promises.ts';
import { realmsLine, stationOf } from './realms.ts';
import type { Operation, Recovery } from './record.ts';
import { type System, startTorturedSystem, type Victim } from './system.ts';

interface Options {
  readonly rounds: number;
  readonly minutes: number;
  readonly kills: number;
  readonly clients: number;
  readonly seed: number;
}

const options = program
  .name('npm run torture --')
  .description(
    'Kills the real system again and again under load, its clocks apart, and checks what its clients were told.',
  )
  .option('--rounds <number>', 'how often, each time with new data', toCount, 5)
  .option('--minutes <number>', 'how long a round is', toNumber, 3)
  .option('--kills <number>', 'how often something is killed in a round, the last time at its end', toCount, 8)
  .option('--clients <number>', 'how many ask at once', toCount, 48)
  .option(
    '--seed <number>',
    'what the clients ask, what is killed when, and how the clocks are off, in the first round; one more in each',
    toCount,
    1,
  )
  .parse()
  .opts<Options>();

/** Until everything that was open has ended. */
const QUIET_WITHIN_MS = 120_000;
/** The backstop has been by in between, and everything that can be announced would have been. */
const SILENT_FOR_MS = 70_000;
/** On a busy machine the journal has much to make up for. */
const SILENT_WITHIN_MS = 900_000;
/** The longest maximum of the realms, the failover after it, the margin, and a second for clocks. */
const OVER_AFTER_MS = 20_000;
const SAID_EVERY_MS = 30_000;
const BROKEN_SHOWN_MAX = 20;
const VICTIMS: readonly Victim[] = ['tree', 'functions', 'engine'];

process.exitCode = (await torture(options)) ? 0 : 1;

/** In rounds, each with a system of its own: what is wrong in one leaves the others their verdict. */
async function torture({ rounds, seed, ...options }: Options): Promise<boolean> {
  const all: Round[] = [];
  for (let n = 0; n < rounds; n++) {
    const round = await live({ ...options, seed: seed + n });
    all.push(round);
    console.log(`round ${n + 1} of ${rounds}: ${inWords([round])}`);
  }
  if (rounds > 1) console.log(`all ${rounds} rounds: ${inWords(all)}`);
  return all.every(isGood);
}

interface Round {
  readonly operations: readonly Operation[];
  readonly kills: number;
  readonly seen: readonly SeenUser[];
  readonly isLinearizable: boolean;
  readonly isKept: boolean;
  readonly seconds: number;
}

function isGood({ isLinearizable, isKept }: Round): boolean {
  return isLinearizable && isKept;
}

async function live({ minutes, kills, clients, seed }: Omit<Options, 'rounds'>): Promise<Round> {
  const startedAt = steadyNow();
  const system = await startTorturedSystem(chance(seed, 'system'));
  const recorder = recorderOf(system);
  console.log(`seed ${seed}: ${clients} clients, ${kills} kills in ${minutes} minutes; ${system.directory}`);

  const file = join(system.directory, 'history.ndjson');
  const recoveries: Recovery[] = [];
  const run = async () => {
    const people = letPeopleAsk(recorder, clients, seed);
    await killAgainAndAgain(recorder, { minutes, kills }, chance(seed, 'kills'), recoveries);
    await people.stop();
    console.log(`${recoveries.length} kills, ${recorder.operations.length} operations; waiting until all is quiet`);
    await nothingGoesOn(recorder.system);
    const events = join(system.directory, 'data', 'events.ndjson');
    await nothingIsSaid(events);
    return { users: await lookAtAll(recorder), announced: announcedIn(events) };
  };
  // A run that breaks off leaves what it knows.
  const { users, announced } = await run().finally(() => writeHistory(file, recoveries, recorder.operations));
  await system.stop();
  recorder.agent.destroy();

  const isLinearizable = await checkHistory(file, join(system.directory, 'not-linearizable.html'));
  const seen = users.map((user) => ({ ...user, announced: announced.get(`${user.realm}/${user.user}`) ?? [] }));
  const isKept = sayWhatIsBroken(seen);
  const seconds = (steadyNow() - startedAt) / 1e6;
  const round = { operations: recorder.operations, kills: recoveries.length, seen, isLinearizable, isKept, seconds };
  if (isGood(round)) rmSync(system.directory, { recursive: true, force: true });
  else console.log(`kept: ${file}`);
  return round;
}

/** The last time everything, so that nothing of the run is under way any more. */
async function killAgainAndAgain(
  { system, operations }: Recorder,
  { minutes, kills }: Pick<Options, 'minutes' | 'kills'>,
  draw: Chance,
  recoveries: Recovery[],
): Promise<void> {
  const startedAt = Date.now();
  const lengthMs = minutes * 60_000;
  const instants = Array.from({ length: kills - 1 }, () => draw.next() * lengthMs).sort((a, b) => a - b);
  let saidAt = startedAt;
  for (const [n, instant] of [...instants, lengthMs].entries()) {
    while (Date.now() < startedAt + instant) {
      await scheduler.wait(Math.min(1_000, startedAt + instant - Date.now()));
      if (Date.now() < saidAt + SAID_EVERY_MS) continue;
      saidAt += SAID_EVERY_MS;
      const seconds = Math.round((saidAt - startedAt) / 1_000);
      console.log(`${seconds} s: ${operations.length} operations, ${recoveries.length} kills`);
    }
    const victim = n === kills - 1 ? 'tree' : draw.one(VICTIMS);
    const killed = steadyNow();
    await system.kill(victim);
    recoveries.push({ killed, recovered: steadyNow(), functions: victim !== 'engine' });
  }
}

type Looked = Omit<SeenUser, 'announced'>;

/** Resolves once no session goes on. */
async function nothingGoesOn({ url, operatorKey }: System): Promise<void> {
  const last = Date.now() + QUIET_WITHIN_MS;
  const headers = { authorization: `Bearer ${operatorKey}` };
  const goesOn = async (rung: string) => {
    const response = await fetch(`${url}/v1/sessions?rung=${rung}&limit=1`, { headers });
    // It may still be busy with what came before.
    if (!response.ok) return true;
    const { sessions, cursor } = (await response.json()) as { sessions: unknown[]; cursor?: string };
    return sessions.length > 0 || cursor !== undefined;
  };
  // A dormant session is listed only once a sweep has announced it: by then even the longest is over.
  await scheduler.wait(OVER_AFTER_MS);
  for (const rung of ['active', 'lingering', 'failover', 'remembered']) {
    while ((await goesOn(rung)) && Date.now() < last) await scheduler.wait(500);
  }
}

/** Resolves once the bus has been silent for so long that it will stay so. */
async function nothingIsSaid(file: string): Promise<void> {
  const last = Date.now() + SILENT_WITHIN_MS;
  let [size, since] = [-1, Date.now()];
  while (Date.now() < Math.min(last, since + SILENT_FOR_MS)) {
    const now = statSync(file).size;
    if (now !== size) [size, since] = [now, Date.now()];
    await scheduler.wait(1_000);
  }
}

/** Looks at every user once nothing of theirs goes on. */
async function lookAtAll(recorder: Recorder): Promise<Looked[]> {
  const atPanels = recorder.operations.filter(isAtPanel);
  const byUser = groupBy(
    recorder.operations.filter(({ user }) => user !== ''),
    ({ realm, user }) => `${realm}/${user}`,
  );
  const looked: Looked[] = [];
  for (const operations of byUser.values()) {
    const [{ realm, user } = { realm: '', user: '' }] = operations;
    const partitions = new Set(operations.map(({ partition }) => partition));
    const panels = new Set(operations.filter(isAtPanel).map(({ station }) => station));
    const others = atPanels.filter((one) => one.user !== user && panels.has(one.station));
    looked.push({ realm, user, operations, atPanels: others, ...(await audit(recorder, realm, user, partitions)) });
  }
  return looked;
}

/** It shows who stands at a panel, or is meant for who does. */
function isAtPanel({ kind, station, bare }: Operation): boolean {
  return (kind === 'login' && stationOf(station).hasPanel) || bare === true;
}

async function writeHistory(
  file: string,
  recoveries: readonly Recovery[],
  operations: readonly Operation[],
): Promise<void> {
  const stream = createWriteStream(file);
  for (const line of [realmsLine(), ...recoveries, ...operations]) stream.write(`${JSON.stringify(line)}\n`);
  await new Promise<void>((resolve, reject) => stream.on('error', reject).end(resolve));
}

/** Porcupine's verdict. */
function checkHistory(file: string, picture: string): Promise<boolean> {
  const cwd = fileURLToPath(new URL('./checker', import.meta.url));
  const checker = spawn('go', ['run', '.', '-picture', picture, file], { cwd, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    checker.on('error', (error) => reject(new Error('the checker needs Go on the PATH', { cause: error })));
    checker.on('close', (code) => resolve(code === 0));
  });
}

function announcedIn(file: string): Map<string, Announced[]> {
  const files = [`${file}.old`, file].filter((name) => existsSync(name));
  const lines = files.flatMap((name) => readFileSync(name, 'utf8').split('\n')).filter((line) => line !== '');
  const events = lines.flatMap((line) => {
    const { 'detail-type': type, detail } = JSON.parse(line);
    const name = parseHandle(detail.session);
    if (name === undefined) throw new Error(`the bus has an event of no session: ${line}`);
    const isOpening = type === 'session.opened' || (type === 'session.resumed' && detail.previous !== undefined);
    if (!isOpening && type !== 'session.ended') return [];
    return [{ ...name, type, endedAt: Date.parse(detail.endedAt), reason: detail.reason }];
  });
  return groupBy(events, ({ realm, user }) => `${realm}/${user}`);
}

function sayWhatIsBroken(seen: readonly SeenUser[]): boolean {
  let broken = 0;
  for (const [promise, check] of Object.entries(PROMISES)) {
    for (const one of seen) {
      for (const sentence of check(one)) {
        broken += 1;
        if (broken <= BROKEN_SHOWN_MAX) console.log(`${promise}: ${one.realm}/${one.user}: ${sentence}`);
      }
    }
  }
  if (broken > BROKEN_SHOWN_MAX) console.log(`and ${broken - BROKEN_SHOWN_MAX} more`);
  return broken === 0;
}

function inWords(rounds: readonly Round[]): string {
  const asked = rounds.flatMap(({ operations }) => operations).filter(({ kind }) => kind !== 'audit');
  const outcomes = groupBy(asked, ({ kind, status, outcome }) => (status === 0 ? 'unknown' : outcome || kind));
  const byOutcome = [...outcomes]
    .map(([outcome, those]) => [outcome, those.length] as const)
    .sort((a, b) => b[1] - a[1])
    .map(([outcome, count]) => `${count} ${outcome}`);
  const total = (count: (round: Round) => number) => rounds.reduce((sum, round) => sum + count(round), 0);
  const ofUsers = (count: (user: SeenUser) => number) =>
    total(({ seen }) => seen.reduce((sum, user) => sum + count(user), 0));
  return (
    `${asked.length} operations (${byOutcome.join(', ')}), ${total(({ kills }) => kills)} kills, ` +
    `${ofUsers(() => 1)} users, ${ofUsers(({ history }) => history.length)} sessions, ` +
    `${ofUsers(takenBack)} ends taken back within the margin, ` +
    `linearizable: ${rounds.every(({ isLinearizable }) => isLinearizable) ? 'yes' : 'no'}, ` +
    `promises: ${rounds.every(({ isKept }) => isKept) ? 'kept' : 'broken'}, ${Math.round(total(({ seconds }) => seconds))} s`
  );
}

function toNumber(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('A number above 0.');
  return number;
}

function toCount(text: string): number {
  const count = toNumber(text);
  if (!Number.isSafeInteger(count)) throw new InvalidArgumentError('A whole number.');
  return count;
}
