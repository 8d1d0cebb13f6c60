/**
 * The way down, whatever happens: the rung is arithmetic, sweeps only write it down, and the journal tells each change of
 * rung once.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../lib/session/journal.ts';
import { CLOCK_MARGIN, idleOf, isCounted, rungAt } from '../../lib/session/ladder.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { isOpen, type Rung } from '../../lib/session/seat.ts';
import { after, before, durationMs, type EpochMs } from '../../lib/time.ts';
import {
  announcementOf,
  chains,
  histories,
  historiesOfSeconds,
  LONG_AFTER_MS,
  play,
  playOut,
  policies,
  SWEEPING,
} from '../support/histories.ts';
import { activity, jobEnded, jobStarted, login, ping, type Step, sweeps } from '../support/story.ts';
import { START, stationOf, World } from '../support/world.ts';

/** Long enough to meet what each mistake that was planted needs; short enough for every run of the tests. */
const RUNS = 240;
/** Of what takes longer. */
const FEW_RUNS = 60;
const WITHIN_MS = 60_000;

describe('whatever stations, users and operators do', () => {
  /** All of the story's seats as they are stored. */
  const seatsOf = async (world: World) =>
    (await Promise.all(['ana', 'ben'].map((user) => world.seats.ofUser('campus', user, { limit: 100 })))).flatMap(
      ({ items }) => items,
    );

  test(
    'the rung that sweeping at every instant stores is the one that arithmetic gives, a margin earlier',
    async () => {
      const met = new Set<Rung>();
      // A sweep waits for every clock: it stores what has been so for the margin.
      const sweepsAndLooks: Step = async (world) => {
        await sweeps({ slot: world.now - START + LONG_AFTER_MS })(world);
        for (const seat of await seatsOf(world)) {
          if (!isOpen(seat)) continue;
          met.add(seat.session.rung);
          expect(seat.session.rung).toBe(rungAt(seat.session, before(world.now, CLOCK_MARGIN)));
        }
      };
      await fc.assert(
        fc.asyncProperty(historiesOfSeconds, async (history) => {
          const { world } = await play(history, SWEEPING.never, sweepsAndLooks);
          for (let second = 0; second < 150; second++) {
            world.now = after(world.now, durationMs(1_000));
            await sweepsAndLooks(world);
          }
        }),
        { numRuns: FEW_RUNS },
      );
      expect([...met].sort()).toEqual(['active', 'failover', 'lingering', 'remembered']);
    },
    WITHIN_MS,
  );

  test(
    'nobody is answered differently because a sweep came late, twice, beside them or never, nor is less announced',
    async () => {
      const verdicts = new Set<string>();
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          const expected = await play(history, SWEEPING.never);
          await playOut(expected.world);
          for (const sweeping of ['before each', 'beside each', 'by timers', 'seldom, and twice'] as const) {
            const { world, answers } = await play(history, SWEEPING[sweeping]);
            expect(answers, sweeping).toEqual(expected.answers);
            await playOut(world);
            expect(told(world), sweeping).toEqual(told(expected.world));
          }
          for (const answer of expected.answers as { is?: string }[]) verdicts.add(answer.is ?? '');
        }),
        { numRuns: RUNS },
      );
      // What is rarer than these (`ambiguous`) may be missing from the histories of one run.
      expect([...verdicts]).toEqual(
        expect.arrayContaining([
          ...['', 'ended', 'gone', 'invalidated', 'lingering', 'logged-on-anew', 'made-anew', 'nobody', 'not-yours'],
          ...['nothing-open', 'opened', 'overtaken', 'renewed', 'repeated', 'resumed', 'stale', 'taken'],
        ]),
      );
    },
    WITHIN_MS,
  );

  const told = (world: World) =>
    Object.fromEntries([...chains(world.announced)].map(([handle, entries]) => [handle, entries.map(announcementOf)]));

  test.each(Object.entries(SWEEPING))(
    'each change of rung is announced once, in its order, with sweeps: %s',
    async (_, sweeping) => {
      const kinds = new Set<string>();
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          const { world } = await play(history, sweeping);
          await playOut(world);
          const all = chains(world.announced);
          expect(all.size).toBe(world.opened.length);
          for (const entries of all.values()) expectChain(entries);
          for (const { type } of world.announced) kinds.add(type);
          expectCounts(world.announced);
        }),
        { numRuns: FEW_RUNS },
      );
      expect([...kinds].sort()).toEqual(['ended', 'invalidated', 'lingering', 'opened', 'remembered', 'resumed']);
    },
    WITHIN_MS,
  );

  /** From its opening to its end, each announcement where the one before left off. */
  function expectChain(entries: readonly Entry[]): void {
    const [first, ...others] = entries;
    const last = others.at(-1);
    expect(first?.type === 'resumed' ? first.previous : first?.type).toBeTruthy();
    expect(first?.type === 'opened' || first?.type === 'resumed').toBe(true);
    expect(last?.type).toBe('ended');
    let { to, at }: { to: Rung; at: EpochMs } = first ?? { to: 'ended', at: START };
    expect(to).toBe('active');
    for (const [n, entry] of others.entries()) {
      expect(entry).toMatchObject({ from: to });
      expect(entry.to).not.toBe(to);
      expect(entry.at).toBeGreaterThanOrEqual(at);
      expect(entry.type).toBe(typeOf(to, entry.to));
      if (entry.type === 'resumed') expect(entry).not.toHaveProperty('previous');
      if (n < others.length - 1) expect(entry.type).not.toBe('ended');
      ({ to, at } = entry);
    }
  }

  const typeOf = (from: Rung, to: Rung): Entry['type'] => {
    if (to === 'active') return 'resumed';
    if (to === 'lingering' || to === 'ended') return to;
    return from === 'failover' ? 'remembered' : 'invalidated';
  };

  /** Whoever adds up what is announced knows how many sessions hold seats, and is left with none. */
  function expectCounts(entries: readonly Entry[]): void {
    let live = 0;
    for (const entry of entries) {
      const was = 'from' in entry && isCounted(entry.from);
      const isNow = isCounted(entry.to);
      live += Number(isNow) - Number(was);
      expect(live).toBeGreaterThanOrEqual(0);
    }
    expect(live).toBe(0);
  }
});

/** What a person would note down about one session, and the sums that they would do. */
class Ledger {
  private openedAt = 0;
  private activeAt = 0;
  private heardAt = 0;
  private loggedOnAt = 0;
  private jobAt = 0;
  private running = 0;
  private readonly policy: Policy;
  private readonly station: ReturnType<typeof stationOf>;

  constructor(policy: Policy, station: ReturnType<typeof stationOf>) {
    this.policy = policy;
    this.station = station;
  }

  rung(now: number): Rung {
    const { policy, station, openedAt, activeAt, heardAt } = this;
    const idleAt = station.reportsActivity ? activeAt + idleOf(policy, station) : Number.POSITIVE_INFINITY;
    const leaseAt = heardAt + policy.leaseMs;
    const waitsUntil = this.running > 0 ? this.jobAt + policy.jobMs : 0;
    const endsIdle = policy.whenIdle === 'end' && idleAt <= leaseAt;
    const silentAt = Math.max(endsIdle ? idleAt : leaseAt, waitsUntil);
    const lostAt = Math.min(silentAt, openedAt + policy.maximumMs);
    if (now < lostAt) {
      const lingers = policy.whenIdle === 'linger' && now >= Math.max(idleAt, waitsUntil);
      return lingers ? 'lingering' : 'active';
    }
    if (station.hasPanel) return 'ended';
    const failsOver = !endsIdle && silentAt < openedAt + policy.maximumMs;
    if (failsOver && now < lostAt + policy.failoverMs) return 'failover';
    return now < this.loggedOnAt + (policy.logonTokenMs ?? 0) ? 'remembered' : 'ended';
  }

  /** What it is answered; and what is so from then on. */
  hear(said: Said, now: number): string {
    const rung = this.rung(now);
    const hasJob = this.running > 0 && now < this.jobAt + this.policy.jobMs;
    if (said === 'ping') {
      if (rung === 'active') this.heardAt = now;
      return { active: 'renewed', lingering: 'lingering', ended: 'gone' }[rung as string] ?? 'invalidated';
    }
    const isHeld = rung === 'active' || rung === 'lingering';
    if (said !== 'login' && rung === 'ended') return 'gone';
    if (said === 'job-ended' && !isHeld) return 'invalidated';
    this.activeAt = now;
    this.heardAt = now;
    if (!isHeld) this.openedAt = now;
    if (said === 'login') this.loggedOnAt = now;
    if (!isHeld || (said !== 'login' && said !== 'activity' && !hasJob)) this.running = 0;
    if (said === 'job-started') this.jobAt = now;
    if (said === 'job-started') this.running++;
    if (said === 'job-ended') this.running = Math.max(0, this.running - 1);
    if (isHeld) return rung === 'active' ? 'renewed' : 'resumed';
    if (said === 'login') return 'opened';
    return rung === 'failover' ? 'made-anew' : 'logged-on-anew';
  }
}

type Said = keyof typeof SAY;
const SAY = { login, ping, activity, 'job-started': jobStarted, 'job-ended': jobEnded };

test(
  'every answer agrees with whoever does the sums by hand',
  async () => {
    const told = fc.record({
      waitMs: fc.oneof(fc.constantFrom(0, 1, 999, 1_000, 3_000, 5_000, 8_000, 15_000), fc.nat({ max: 25_000 })),
      said: fc.constantFrom<Said>('login', 'ping', 'ping', 'activity', 'activity', 'job-started', 'job-ended'),
    });
    const onlyOneSeat = policies.map((policy): Policy => ({ ...policy, seats: 1 }));
    await fc.assert(
      fc.asyncProperty(
        onlyOneSeat,
        fc.constantFrom('web-1', 'web-1', 'web-2', 'quiet-web', 'lib-1'),
        fc.array(told, { maxLength: 30, size: 'max' }),
        async (policy, station, story) => {
          const world = new World();
          world.policy = policy;
          const ledger = new Ledger(policy, stationOf(station));
          for (const { waitMs, said } of [{ waitMs: 0, said: 'login' as const }, ...story]) {
            world.now = after(world.now, durationMs(waitMs));
            await SAY[said]({ station })(world);
            expect(world.answer?.is, `${said} at ${world.now - START}`).toBe(ledger.hear(said, world.now));
          }
        },
      ),
      { numRuns: 2 * RUNS },
    );
  },
  WITHIN_MS,
);
