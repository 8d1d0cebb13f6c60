/**
 * The suite's example, instant by instant: 20 minutes idle, a lease of 10, a failover of 30, a sweep of 10, a logon token
 * of 8 hours or none. Every number is one that a reader adds up; none is computed by what is tested.
 */
import { describe, expect, test } from 'vitest';
import { descentOf, rungAt } from '../../lib/session/ladder.ts';
import { isOpen, type Rung } from '../../lib/session/seat.ts';
import { type EpochMs, MINUTE } from '../../lib/time.ts';
import { activity, jobEnded, jobStarted, login, ping, type Step, under } from '../support/story.ts';
import { fail, START, seatOf, World } from '../support/world.ts';

const SUITE = { profile: 'enterprise', seats: 1, idle: '20m', lease: '10m', failover: '30m', sweep: '10m' };
const HERE = { station: 'web-1' };

type Boundary = readonly [minute: number, rung: Rung, by: string];

interface Example {
  readonly token: 'off' | `${number}h` | `${number}m`;
  /** From the login on, every two minutes, for ever: 18 minutes is the last one before 20, and so on. */
  readonly pings: boolean;
  /** One that starts with the login and never ends; `null` where none runs. */
  readonly job: 'off' | '30m' | null;
  readonly others?: object;
}

const EXAMPLES: readonly (readonly [Example, ...Boundary[]])[] = [
  // No job.
  [{ token: 'off', pings: false, job: null }, [10, 'failover', 'lease'], [40, 'ended', 'failover']],
  [
    { token: '8h', pings: false, job: null },
    [10, 'failover', 'lease'],
    [40, 'remembered', 'failover'],
    [480, 'ended', 'logon-token'],
  ],
  [
    { token: 'off', pings: true, job: null },
    [20, 'lingering', 'idle'],
    [28, 'failover', 'lease'],
    [58, 'ended', 'failover'],
  ],
  [
    { token: '8h', pings: true, job: null },
    [20, 'lingering', 'idle'],
    [28, 'failover', 'lease'],
    [58, 'remembered', 'failover'],
    [480, 'ended', 'logon-token'],
  ],
  // A job in a realm where nothing waits for jobs.
  [{ token: 'off', pings: false, job: 'off' }, [10, 'failover', 'lease'], [40, 'ended', 'failover']],
  [
    { token: '8h', pings: false, job: 'off' },
    [10, 'failover', 'lease'],
    [40, 'remembered', 'failover'],
    [480, 'ended', 'logon-token'],
  ],
  [
    { token: 'off', pings: true, job: 'off' },
    [20, 'lingering', 'idle'],
    [28, 'failover', 'lease'],
    [58, 'ended', 'failover'],
  ],
  [
    { token: '8h', pings: true, job: 'off' },
    [20, 'lingering', 'idle'],
    [28, 'failover', 'lease'],
    [58, 'remembered', 'failover'],
    [480, 'ended', 'logon-token'],
  ],
  // A job, for which idle and lease wait half an hour.
  [{ token: 'off', pings: false, job: '30m' }, [30, 'failover', 'lease'], [60, 'ended', 'failover']],
  [
    { token: '8h', pings: false, job: '30m' },
    [30, 'failover', 'lease'],
    [60, 'remembered', 'failover'],
    [480, 'ended', 'logon-token'],
  ],
  [
    { token: 'off', pings: true, job: '30m' },
    [30, 'lingering', 'idle'],
    [38, 'failover', 'lease'],
    [68, 'ended', 'failover'],
  ],
  [
    { token: '8h', pings: true, job: '30m' },
    [30, 'lingering', 'idle'],
    [38, 'failover', 'lease'],
    [68, 'remembered', 'failover'],
    [480, 'ended', 'logon-token'],
  ],
  // A maximum is a cap: no failover follows it, but the logon is remembered.
  [
    { token: 'off', pings: true, job: null, others: { maximum: '24m' } },
    [20, 'lingering', 'idle'],
    [24, 'ended', 'maximum'],
  ],
  [
    { token: '8h', pings: true, job: null, others: { maximum: '24m' } },
    [20, 'lingering', 'idle'],
    [24, 'remembered', 'maximum'],
    [480, 'ended', 'logon-token'],
  ],
  [{ token: 'off', pings: true, job: '30m', others: { maximum: '24m' } }, [24, 'ended', 'maximum']],
  // One that comes during failover cuts nothing short.
  [
    { token: 'off', pings: false, job: null, others: { maximum: '20m' } },
    [10, 'failover', 'lease'],
    [40, 'ended', 'failover'],
  ],
  [{ token: 'off', pings: false, job: null, others: { maximum: '10m' } }, [10, 'ended', 'maximum']],
  // Where idle sessions end, none lingers or fails over, but the logon is remembered.
  [{ token: 'off', pings: true, job: null, others: { whenIdle: 'end' } }, [20, 'ended', 'idle']],
  [
    { token: '8h', pings: true, job: null, others: { whenIdle: 'end' } },
    [20, 'remembered', 'idle'],
    [480, 'ended', 'logon-token'],
  ],
  // A token that is over first, or at that very instant, gives no rung.
  [{ token: '40m', pings: false, job: null }, [10, 'failover', 'lease'], [40, 'ended', 'failover']],
  [
    { token: '41m', pings: false, job: null },
    [10, 'failover', 'lease'],
    [40, 'remembered', 'failover'],
    [41, 'ended', 'logon-token'],
  ],
  [
    { token: '8h', pings: false, job: null, others: { failover: 'off' } },
    [10, 'remembered', 'lease'],
    [480, 'ended', 'logon-token'],
  ],
  [{ token: 'off', pings: false, job: null, others: { failover: 'off' } }, [10, 'ended', 'lease']],
  // The lease runs out at the instant at which it would have begun to linger.
  [
    { token: 'off', pings: false, job: null, others: { idle: '10m' } },
    [10, 'failover', 'lease'],
    [40, 'ended', 'failover'],
  ],
];

/** What each is answered, by the rung on which it arrives. */
const ANSWERS: Record<Rung, Record<'activity' | 'jobStarted' | 'jobEnded' | 'ping' | 'login', string>> = {
  active: { activity: 'renewed', jobStarted: 'renewed', jobEnded: 'renewed', ping: 'renewed', login: 'renewed' },
  lingering: { activity: 'resumed', jobStarted: 'resumed', jobEnded: 'resumed', ping: 'lingering', login: 'resumed' },
  failover: {
    activity: 'made-anew',
    jobStarted: 'made-anew',
    jobEnded: 'invalidated',
    ping: 'invalidated',
    login: 'opened',
  },
  remembered: {
    activity: 'logged-on-anew',
    jobStarted: 'logged-on-anew',
    jobEnded: 'invalidated',
    ping: 'invalidated',
    login: 'opened',
  },
  ended: { activity: 'gone', jobStarted: 'gone', jobEnded: 'gone', ping: 'gone', login: 'opened' },
};

const STEPS = { activity, jobStarted, jobEnded, ping, login };
const ASKED = ['activity', 'jobStarted', 'jobEnded', 'ping', 'login'] as const;

/** The story until just before `ms`. */
async function played({ token, pings, job, others }: Example, ms: number): Promise<World> {
  const world = new World();
  const until = (at: number, step: Step) => {
    world.now = (START + at) as EpochMs;
    return step(world);
  };
  under({ ...SUITE, logonToken: token, job: job ?? 'off', ...others })(world);
  await until(0, login(HERE));
  if (job !== null) await until(0, jobStarted(HERE));
  if (pings) for (let at = 2 * MINUTE; at < Math.min(ms, 100 * MINUTE); at += 2 * MINUTE) await until(at, ping(HERE));
  world.now = (START + ms) as EpochMs;
  return world;
}

const session = async (world: World) => {
  const seat = await world.seats.read(seatOf('ana'));
  return isOpen(seat) ? seat.session : fail('nobody ever came');
};

const told = ({ token, pings, job, others = {} }: Example): string =>
  [
    `token ${token}`,
    pings ? 'pings' : 'no pings',
    job === null ? 'no job' : `a job that waits ${job}`,
    ...Object.entries(others).map(([field, value]) => `${field} ${value}`),
  ].join(', ');

describe.each(EXAMPLES.map(([example, ...boundaries]) => [told(example), example, boundaries] as const))(
  '%s',
  (_, example, boundaries) => {
    const [lostAt] = boundaries.find(([, rung]) => rung !== 'lingering') ?? fail('it never loses its seat');
    const freeAt = lostAt * MINUTE + 2_000;

    const rows = boundaries.flatMap(([minute, rung], n) => {
      const above = boundaries[n - 1]?.[1] ?? 'active';
      const at = minute * MINUTE;
      return [
        [`one before minute ${minute}`, at - 1, above],
        [`at minute ${minute}`, at, rung],
        [`one after minute ${minute}`, at + 1, rung],
      ] as const;
    });

    test.each(rows)('%s', async (_, ms, rung) => {
      expect(rungAt(await session(await played(example, ms)), (START + ms) as EpochMs)).toBe(rung);
      const isFree = ms >= freeAt;
      const answers: Record<string, string | undefined> = {};
      for (const what of ASKED) {
        const world = await played(example, ms);
        await STEPS[what](HERE)(world);
        answers[what] = world.answer?.is;
      }
      const world = await played(example, ms);
      await login({ station: 'web-2' })(world);
      expect({ ...answers, elsewhere: world.answer?.is }).toEqual({
        ...ANSWERS[rung],
        elsewhere: isFree ? 'opened' : 'taken',
      });
    });

    test.each([
      [-1, 'taken'],
      [0, 'opened'],
      [1, 'opened'],
    ])(`%i ms from two seconds after minute ${lostAt}, a login elsewhere is answered: %s`, async (ms, is) => {
      const world = await played(example, freeAt + ms);
      await login({ station: 'web-2' })(world);
      expect(world.answer?.is).toBe(is);
    });

    test('by these deadlines', async () => {
      for (const [minute, rung, by] of boundaries) {
        const at = minute * MINUTE;
        const { deadlines } = await session(await played(example, at));
        expect(descentOf(deadlines).find((step) => step.rung === rung)).toEqual({ rung, at: START + at, by });
      }
    });
  },
);
