/**
 * Never early, never late: whatever a station says and whenever timers come, its session is live exactly until the
 * instant that a reader of the policy adds up, and the seat is free for another at the bound that is published.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bound, CLOCK_MARGIN } from '../../lib/session/ladder.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { after, durationMs, type EpochMs, NEVER } from '../../lib/time.ts';
import {
  activity,
  at,
  backstopRuns,
  given,
  jobEnded,
  jobStarted,
  login,
  outcome,
  ping,
  type Step,
  sweeps,
  timersAreLost,
  under,
} from '../support/story.ts';
import { policyOf, START, stationOf, World } from '../support/world.ts';

/** What a person would note down about the session, and the sums that they would do. */
class Ledger {
  openedAt = NEVER;
  activeAt = NEVER;
  heardAt = NEVER;
  jobs: EpochMs | undefined;
  running = 0;
  private readonly policy: Policy;
  private readonly reportsActivity: boolean;

  constructor(policy: Policy, reportsActivity: boolean) {
    this.policy = policy;
    this.reportsActivity = reportsActivity;
  }

  get endAt(): number {
    const { openedAt, activeAt, heardAt, jobs, running, policy } = this;
    if (openedAt === NEVER) return 0;
    const silence = heardAt + policy.leaseMs;
    const quiet = this.reportsActivity ? Math.min(silence, activeAt + policy.idleMs) : silence;
    const waited = running > 0 && jobs !== undefined ? Math.max(quiet, jobs + policy.jobMs) : quiet;
    return Math.min(waited, openedAt + policy.maximumMs);
  }

  note(said: Said, now: EpochMs): void {
    if (said === 'login' && now >= this.endAt) {
      this.openedAt = now;
      this.running = 0;
    }
    if (now >= this.endAt && said !== 'login') return;
    this.heardAt = now;
    if (said !== 'ping') this.activeAt = now;
    const capped = this.jobs === undefined || now >= this.jobs + this.policy.jobMs;
    if (capped && said.startsWith('job')) this.running = 0;
    if (said === 'job-started') {
      this.running++;
      this.jobs = now;
    }
    if (said === 'job-ended') this.running = Math.max(0, this.running - 1);
  }
}

type Said = 'login' | 'ping' | 'activity' | 'job-started' | 'job-ended';
type Meanwhile = 'sweep' | 'early sweep' | 'backstop' | 'timers are lost' | 'journal';

const SAY: Record<Said, (told: { station: string }) => Step> = {
  login,
  ping,
  activity,
  'job-started': jobStarted,
  'job-ended': jobEnded,
};

const MEANWHILE: Record<Meanwhile, Step> = {
  sweep: sweeps(),
  'early sweep': (world) => sweeps({ slot: world.now - START + 60_000 })(world),
  backstop: backstopRuns,
  'timers are lost': timersAreLost,
  journal: (world) => world.runJournal(),
};

const policies = fc
  .record({
    idle: fc.constantFrom('1s', '30s', '2m', '1h'),
    lease: fc.constantFrom('5s', '1m', '5m'),
    maximum: fc.constantFrom('5m', '20m', '12h'),
    job: fc.constantFrom('off', '10s', '4m', '1h'),
    sweep: fc.constantFrom('1s', '1m', '10m'),
  })
  .map(policyOf);

const told = fc.record({
  waitMs: fc.oneof(fc.constantFrom(0, 1, 999, 1_000, 4_999, 5_000, 29_999, 30_000), fc.nat({ max: 400_000 })),
  said: fc.constantFrom<Said | Meanwhile>(
    ...(['login', 'ping', 'ping', 'activity', 'activity', 'job-started', 'job-started', 'job-ended'] as const),
    ...(['sweep', 'early sweep', 'backstop', 'timers are lost', 'journal'] as const),
  ),
});

const isSaid = (said: Said | Meanwhile): said is Said => said in SAY;

/** Plays what was told, and holds every answer against the ledger. */
async function play(policy: Policy, station: string, story: readonly { waitMs: number; said: Said | Meanwhile }[]) {
  const world = new World();
  world.policy = policy;
  world.realms = new Map([[policy.realm, policy]]);
  const ledger = new Ledger(policy, stationOf(station).reportsActivity);
  let hadJobs = false;
  await SAY.login({ station })(world);
  ledger.note('login', world.now);
  for (const { waitMs, said } of story) {
    world.now = after(world.now, durationMs(waitMs));
    if (!isSaid(said)) {
      await MEANWHILE[said](world);
      continue;
    }
    const live = world.now < ledger.endAt;
    await SAY[said]({ station })(world);
    expect(world.answer?.is, `${said} at ${world.now - START}`).toBe(
      live ? 'renewed' : said === 'login' ? 'opened' : 'gone',
    );
    ledger.note(said, world.now);
    hadJobs ||= said === 'job-started';
  }
  return { world, ledger, hadJobs };
}

const RUNS = 400;
const stories = fc.array(told, { maxLength: 25 });
const stations = fc.constantFrom('lib-1', 'quiet-1', 'web-1');
const elsewhere = login({ station: 'web-2' });

test('every answer, and the next holder, agree with whoever does the sums by hand', () =>
  fc.assert(
    fc.asyncProperty(policies, stations, stories, fc.boolean(), async (policy, station, story, justBefore) => {
      const { world, ledger } = await play(policy, station, story);
      const freeAt = ledger.endAt + CLOCK_MARGIN;
      if (justBefore && world.now >= freeAt) return;
      world.now = Math.max(world.now, justBefore ? freeAt - 1 : freeAt) as EpochMs;
      await elsewhere(world);
      expect(world.answer?.is).toBe(justBefore ? 'taken' : 'opened');
    }),
    { numRuns: RUNS },
  ));

test('never later than the bound after the last sign of life', () =>
  fc.assert(
    fc.asyncProperty(policies, stations, stories, async (policy, station, story) => {
      const { world, ledger, hadJobs } = await play(policy, station, story);
      const { withJob, withoutJob } = bound(policy, stationOf(station));
      const freeAt = ledger.endAt + CLOCK_MARGIN;
      const boundAt = ledger.heardAt + (hadJobs ? withJob : withoutJob);
      expect(freeAt).toBeLessThanOrEqual(boundAt);
      world.now = Math.max(world.now, boundAt) as EpochMs;
      await elsewhere(world);
      expect(world.answer?.is).toBe('opened');
    }),
    { numRuns: RUNS },
  ));

describe('and the bound is no longer than it must be', () => {
  const fields = { idle: '40s', lease: '3m', job: '20m' };
  const boundOf = (station: string) => bound(policyOf(fields), stationOf(station));

  test.each(['lib-1', 'quiet-1', 'web-1'])('without a job at %s', (station) =>
    given(under(fields), login({ station }), at(boundOf(station).withoutJob - 1), elsewhere)
      .when(at(boundOf(station).withoutJob))
      .then(outcome('taken'), elsewhere, outcome('opened')),
  );

  test.each(['lib-1', 'quiet-1', 'web-1'])('with a job at %s', (station) =>
    given(under(fields), login({ station }), jobStarted({ station }), at(boundOf(station).withJob - 1), elsewhere)
      .when(at(boundOf(station).withJob))
      .then(outcome('taken'), elsewhere, outcome('opened')),
  );
});

test('timers, sweeps and the stream may all be dead: the bound stands', () =>
  given(login(), timersAreLost, at(31_999), elsewhere, outcome('taken'), at('32s'))
    .when(elsewhere)
    .then(outcome('opened')));
