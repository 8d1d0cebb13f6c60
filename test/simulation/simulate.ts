/** One seed: its world is lived through until everybody has gone home, every fault has ended, and all is quiet. */
import { before, DAY, durationMs, MINUTE } from '../../lib/time.ts';
import { BACKSTOP, Cloud, START } from './cloud.ts';
import type { Tightness, Violation } from './following.ts';
import { People } from './people.ts';
import type { Plan } from './plan.ts';
import { Promises } from './promises.ts';

export interface Lived {
  readonly violations: readonly Violation[];
  readonly tightness: Tightness;
  readonly verdicts: ReadonlyMap<string, number>;
  readonly happenings: ReadonlyMap<string, number>;
  readonly events: number;
  readonly sessions: number;
  /** Stations times milliseconds. */
  readonly stationMs: number;
}

/** After the last deadline: its slot, the backstop, the journal; and the latest timer that was armed before. */
const UNTIL_QUIET = 5 * MINUTE + 2 * BACKSTOP + 25 * MINUTE;

/** Nothing that is late, repeated or queued speaks of a session that ended so long ago. */
const SPOKEN_OF = durationMs(7 * DAY);

export async function live(plan: Plan, trace: (line: string) => void = () => {}): Promise<Lived> {
  const promises = new Promises(plan);
  const cloud: Cloud = new Cloud(plan, START, promises, (line) => trace(`${clockOf(cloud.offset())}  ${line}`));
  promises.watch(cloud);
  cloud.begin();
  const people = new People(cloud, plan);
  for (let day: number = DAY; day < plan.length; day += DAY) {
    await cloud.agenda.runThrough(START + day);
    await promises.forget(cloud, before(cloud.agenda.now, SPOKEN_OF));
  }
  await cloud.agenda.runThrough(START + plan.length);
  people.stop();
  cloud.heal();
  promises.healed(cloud.agenda.now);
  // Functions that are under way may still open a session; their time is soon out.
  await cloud.agenda.runThrough(cloud.agenda.now + 2 * MINUTE);
  await cloud.agenda.runThrough(Math.max(cloud.agenda.now, promises.lastDeadline(), cloud.lastTimer()) + UNTIL_QUIET);
  await promises.whenQuiet(cloud);
  return {
    violations: promises.violations,
    tightness: promises.tightness,
    verdicts: promises.verdicts,
    happenings: new Map([
      ...cloud.happenings,
      ...[...promises.leftOut].map(([name, n]) => [`left out: ${name}`, n] as const),
    ]),
    events: cloud.agenda.happened,
    sessions: promises.sessions(),
    stationMs: plan.stations.length * cloud.offset(),
  };
}

const clockOf = (offset: number): string => {
  const seconds = offset / 1_000;
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `+${h}:${String(m).padStart(2, '0')}:${s.toFixed(3).padStart(6, '0')}`;
};
