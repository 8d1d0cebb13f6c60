/**
 * Whether the system of one machine survives a disk that fills and empties under load, with kills in between. The disk is in
 * memory and of a few megabytes; somebody else's file takes most of it, and gives some back when all is full.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure, Part, Report } from '../part.ts';
import { openSystem, type System } from './system.ts';
import { followAnnouncements, type Users, usersOf, verdictOn } from './users.ts';

const MEGABYTE = 1024 * 1024;
const DISK_BYTES = 96 * MEGABYTE;
/** What is left to begin with, and given back each time. */
const ROOM_BYTES = 7 * MEGABYTE;
const FILLINGS = 5;
const WORKERS = 8;

/** So long the load goes on when the disk is full. */
const FULL_MS = 8_000;
/** On a machine that does something else too it takes minutes. */
const FILLS_WITHIN_MS = 600_000;
/** Full is what nobody is let in for. */
const REFUSALS_IN_A_ROW = 40;

export const smallDisk: Part = {
  name: 'small-disk',
  about: `\`npm start\` on a disk that has ${ROOM_BYTES / MEGABYTE} MB left, is filled ${FILLINGS} times by what is written there and given as much again, under load, with kills (-9) while it is full and while it is not.`,
  isLong: true,
  run: async (_, report) => {
    const disk = openDisk(report);
    if (disk === undefined) return [];
    try {
      return await on(disk, report);
    } finally {
      disk.close();
    }
  },
};

async function on(disk: Disk, report: Report): Promise<Figure[]> {
  const system = await openSystem(disk.directory);
  const users = usersOf(system);
  const announced = followAnnouncements(system);
  try {
    const run = await fillAgainAndAgain(system, users, disk, report);
    const verdict = await verdictOn(system, users, users.told, announced);
    for (const line of [...verdict.lost, ...verdict.silent, ...users.surprises].slice(0, 10)) report(`! ${line}`);
    return figuresOf(users, run, verdict);
  } finally {
    await announced.stop();
    users.close();
    await system.stop();
  }
}

interface Disk {
  readonly directory: string;
  giveBack(): void;
  close(): void;
}

/** `undefined` where nobody may mount one. */
function openDisk(report: Report): Disk | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'curfew-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', directory], { stdio: 'pipe' });
  } catch (error) {
    rmSync(directory, { recursive: true });
    report(`skipped: a disk in memory can be mounted by root alone (${(error as Error).message.split('\n')[0]})`);
    return undefined;
  }
  const filler = join(directory, 'of-somebody-else');
  let size = DISK_BYTES - ROOM_BYTES;
  writeFileSync(filler, Buffer.alloc(size, 1));
  return {
    directory,
    giveBack: () => {
      size -= ROOM_BYTES;
      truncateSync(filler, size);
    },
    close: () => {
      execFileSync('umount', [directory]);
      rmSync(directory, { recursive: true });
    },
  };
}

interface Run {
  readonly kills: number;
  readonly refusedStarts: readonly string[];
  readonly refusals: number;
  /** At the end of each time that there was room, in bytes. */
  readonly memory: readonly number[];
}

async function fillAgainAndAgain(system: System, users: Users, disk: Disk, report: Report): Promise<Run> {
  let isOver = false;
  let isUp = true;
  const refusedStarts: string[] = [];
  const memory: number[] = [];
  let kills = 0;

  const work = async (n: number) => {
    while (!isOver) {
      if (!isUp) await sleep(20);
      else await users.step(n);
      // Whoever was sent away comes again in a while.
      if (users.answers.at(-1)?.status !== 200 && users.answers.at(-1)?.status !== 201) await sleep(20);
    }
  };
  const restart = async () => {
    const refused = await system.start();
    if (refused !== undefined) refusedStarts.push(refused);
    isUp = refused === undefined;
  };
  const kill = async () => {
    isUp = false;
    await system.kill();
    kills += 1;
    await restart();
  };

  const story = async () => {
    for (let n = 1; n <= FILLINGS; n += 1) {
      await untilFull(users, disk);
      report(`full for the ${n}. time: ${users.told.length} sessions so far, ${roomOn(disk)} bytes left`);
      await sleep(FULL_MS / 2);
      if (n % 2 === 0) await kill();
      await sleep(FULL_MS / 2);
      disk.giveBack();
      if (!isUp) await restart();
      if (!isUp) throw new Error(`npm start refused although there was room: ${refusedStarts.at(-1)}`);
      await untilServed(users);
      report('given some back: stations are served again');
      await sleep(2_000);
      if (n % 2 === 1) await kill();
      memory.push(system.memory().system);
    }
    isOver = true;
  };
  await Promise.all([...Array.from({ length: WORKERS }, (_, n) => work(n)), story()]);
  const refusals = users.answers.filter(({ status }) => status === 503).length;
  return { kills, refusedStarts, refusals, memory };
}

const roomOn = ({ directory }: Disk): number => {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
};

async function untilFull({ answers }: Users, disk: Disk): Promise<void> {
  const last = performance.now() + FILLS_WITHIN_MS;
  // On a busy machine many may be sent away for want of time.
  const isFull = () =>
    roomOn(disk) < MEGABYTE &&
    answers.length >= REFUSALS_IN_A_ROW &&
    answers.slice(-REFUSALS_IN_A_ROW).every(({ status }) => status === 503);
  while (!isFull()) {
    if (performance.now() > last) throw new Error('the disk did not fill');
    await sleep(50);
  }
}

async function untilServed({ answers }: Users): Promise<void> {
  const last = performance.now() + FILLS_WITHIN_MS;
  const from = answers.length;
  while (!answers.slice(from).some(({ status }) => status === 201)) {
    if (performance.now() > last) throw new Error('nobody is served although there is room');
    await sleep(50);
  }
}

function figuresOf(
  { told, surprises }: Users,
  run: Run,
  { looked, lost, silent }: Awaited<ReturnType<typeof verdictOn>>,
): Figure[] {
  const one = (name: string, unit: string, value: number, rest: Partial<Figure> = {}): Figure => ({
    name,
    unit,
    values: [value],
    ...rest,
  });
  const none = { goal: { atMost: 0 } } as const;
  const stacks = run.refusedStarts.filter((said) => said.includes('\n')).length;
  return [
    one('acknowledged, and not so', 'sessions', lost.length, { ...none, beside: `of ${looked}, all that were opened` }),
    one('acknowledged, and not announced', 'sessions', silent.length, { ...none, beside: `of ${told.length}` }),
    one('answered otherwise than with yes or 503', 'events', surprises.length, none),
    one('sent away', 'events', run.refusals, { beside: `503; ${run.kills} kills` }),
    one('starts refused on the full disk', 'starts', run.refusedStarts.length, { beside: 'each in one line' }),
    one('of these in more than one line', 'starts', stacks, none),
    one('memory / the last time beside the first', 'ratio', (run.memory.at(-1) ?? 0) / (run.memory[0] ?? 0), {
      goal: { atMost: 1.5 },
    }),
  ];
}
