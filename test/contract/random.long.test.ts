/**
 * The two implementations of `Seats` and `Panels` side by side: whatever stations, operators, sweeps and the journal do,
 * in whatever order, each write has the same outcome on DynamoDB as in memory, and leaves the same item and the same index
 * behind.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryBus } from '../../lib/memory/bus.ts';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryTimers } from '../../lib/memory/timers.ts';
import { present } from '../../lib/present.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { announce } from '../../lib/service/announce.ts';
import { createKeeper } from '../../lib/service/keeper.ts';
import type { Seats } from '../../lib/service/ports.ts';
import type { Station, StationEvent, Verdict } from '../../lib/session/commands.ts';
import { decideSweep } from '../../lib/session/due.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { nameOf, type Seat } from '../../lib/session/seat.ts';
import { after, DAY, durationMs, type EpochMs, epochMs } from '../../lib/time.ts';
import { useEngine } from '../support/engine.ts';
import { ana, NOON } from './sessions.ts';
import { compare, PARAMETERS, STEPS_MAX, sideBySide, WITHIN_MS } from './side-by-side.ts';

const engine = useEngine();
const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const stations: readonly Station[] = [
  { id: 'lib-1', realm: 'campus-print', reportsActivity: true, hasPanel: true },
  { id: 'lib-2', realm: 'campus-print', reportsActivity: false, hasPanel: true },
  { id: 'web-1', realm: 'campus-print', reportsActivity: true, hasPanel: false },
];

const policies = fc
  .record({
    seats: some<number | string>(1, 1, 2, 'unlimited'),
    idle: some('1s', '3s', '4s', '10s'),
    whenIdle: some('end', 'linger', 'linger', 'linger'),
    lease: some('2s', '6s', '6s', '20s'),
    failover: some('off', '6s', '20s'),
    logonToken: some('off', '20s', '60s', '60s'),
    maximum: some('20s', '60s', '60s'),
    job: some('off', '4s', '15s'),
    takeOver: some('refuse', 'offer', 'replace'),
    sweep: some('1s', '7s'),
  })
  .map((fields) => {
    const realm = { profile: 'release-station', ...fields };
    const { realms } = readRealms(JSON.stringify({ realms: { 'campus-print': realm } }));
    const policy = realms.get('campus-print');
    if (policy === undefined) throw new Error('the policy contradicts itself');
    return { realms, policy };
  });

const WHAT = [
  ...(['login', 'login', 'login', 'login', 'ping', 'ping', 'ping', 'activity', 'activity', 'activity'] as const),
  ...(['job-started', 'job-started', 'job-ended', 'job-ended', 'logout', 'logout', 'boot'] as const),
  ...(['operator', 'sweep', 'sweep', 'journal', 'journal'] as const),
];

const steps = fc.record({
  waitMs: fc.oneof(some(0, 1, 500, 999, 1_000, 1_000, 2_000, 3_000, 5_000), fc.nat({ max: 4_000 })),
  what: some(...WHAT),
  user: some('ana', 'ana', 'ana', 'ana', 'bob'),
  station: some(...stations, ...stations.filter(({ hasPanel }) => !hasPanel).flatMap((web) => [web, web])),
  /** It comes from where it can be: the station at which its user is. */
  strays: some(...Array.from({ length: 7 }, () => false), true),
  /** What it names: nobody, its user, the session that is there, or one from before. */
  names: some('none', 'user', 'user', 'this', 'this', 'older'),
  /** How long ago it occurred; of 1970 is a clock that was never set. */
  agoMs: some(undefined, undefined, undefined, undefined, 0, 500, 2_500, -1_000, 20_000 * DAY),
  isSigned: some(false, false, true),
  job: some(undefined, undefined, 'a', 'b', 'c'),
  /** Which delivery it repeats, counted back; `undefined` for none. */
  repeats: some(...Array.from({ length: 6 }, () => undefined), 1, 2, 4),
  takeOver: fc.boolean(),
});

type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

interface Delivery {
  readonly id: string;
  /** When it was first sent, which is when it says that it occurred. */
  readonly sentAt: EpochMs;
  readonly step: Step;
}

function eventOf({ id, sentAt, step }: Delivery, now: EpochMs, policy: Policy, seat: Seat | undefined): StationEvent {
  const { takeOver, agoMs, names, what, user, strays, isSigned, job } = step;
  const its = what === 'login' || strays ? undefined : seat?.session?.station;
  const station = stations.find(({ id }) => id === its) ?? step.station;
  const named = seat === undefined || what === 'login' || (names !== 'this' && names !== 'older') ? undefined : seat;
  return {
    type: what as StationEvent['type'],
    now,
    policy,
    station,
    id,
    ...present({
      occurredAt: agoMs === undefined ? undefined : epochMs(Math.max(0, sentAt - agoMs)),
      signedAt: isSigned ? epochMs(sentAt - (sentAt % 1_000)) : undefined,
      session: named && { ...nameOf(named), epoch: named.epoch - (names === 'older' ? 1 : 0) },
      user: what === 'login' || names !== 'none' ? user : undefined,
      job: what.startsWith('job') ? job : undefined,
    }),
    takeOver: what === 'login' && takeOver,
    ...(what === 'login' ? { sealOf: () => 'abcdefghij' } : {}),
  };
}

test(
  'whatever happens to sessions and on panels happens on DynamoDB as in memory',
  async () => {
    const verdicts = new Map<Verdict['is'], number>();
    await fc.assert(
      fc.asyncProperty(
        policies,
        // What comes first of a list is no likelier than the rest.
        fc.noBias(fc.array(steps, { minLength: STEPS_MAX / 2, maxLength: STEPS_MAX, size: 'max' })),
        async ({ realms, policy }, steps) => {
          const { panels, seats } = await sideBySide(engine);
          const changes: { old: Seat | undefined; now: Seat }[] = [];
          const watched: Seats = {
            ...seats,
            write: async (key, attempt) => {
              const old = await seats.read(key);
              const written = await seats.write(key, attempt);
              if (written.won) changes.push({ old, now: written.seat });
              return written;
            },
          };
          const history = memoryHistory();
          const ports = { panels, history, timers: memoryTimers(), meter: { add: () => {} } };
          let now = NOON;
          const keeper = createKeeper({ ...ports, seats: watched, clock: () => now }, { shards: 1 });
          const deliveries: Delivery[] = [];
          const complain = (what: string) => expect.fail(what);

          /** The one that they last came to. */
          const seatOf = async (user: string): Promise<Seat | undefined> => {
            const { items } = await seats.ofUser(ana.realm, user, { limit: 100 });
            return items.filter(({ session }) => session !== undefined).toSorted((a, b) => b.epoch - a.epoch)[0];
          };
          const perform = async (delivery: Delivery): Promise<Verdict | undefined> => {
            const { step, id } = delivery;
            const seat = await seatOf(step.user);
            switch (step.what) {
              case 'journal': {
                const told = changes.splice(0).map((change, n) => ({ ...change, id: String(n) }));
                await announce({ ...ports, bus: memoryBus(), complain }, realms, told, now);
                return undefined;
              }
              case 'sweep': {
                if (seat === undefined) return undefined;
                const swept = decideSweep(seat, now, policy.sweepMs);
                if ('attempt' in swept) await watched.write(seat.key, swept.attempt);
                return undefined;
              }
              case 'operator':
                if (seat === undefined) return undefined;
                return keeper.end(nameOf(seat), {
                  principal: 'kim',
                  id,
                  now,
                  ...(step.takeOver ? { note: 'left' } : {}),
                });
              default:
                return keeper.hear(eventOf(delivery, now, policy, seat));
            }
          };

          for (const [n, given] of steps.entries()) {
            // Nothing happens before somebody has come.
            const next = n === 0 ? ({ ...given, what: 'login', agoMs: undefined } as const) : given;
            now = after(now, durationMs(next.waitMs));
            const repeated = deliveries.at(-(next.repeats ?? Number.POSITIVE_INFINITY));
            const delivery = repeated ?? { id: `delivery-${n}`, sentAt: now, step: next };
            deliveries.push(delivery);
            const verdict = await perform(delivery);
            if (verdict !== undefined) verdicts.set(verdict.is, (verdicts.get(verdict.is) ?? 0) + 1);
            const seat = await seatOf(delivery.step.user);
            await compare({ seats }, seat === undefined ? [] : [seat.key]);
            for (const { id, hasPanel } of stations) if (hasPanel) await panels.read(id);
          }
        },
      ),
      PARAMETERS,
    );
    // Of every verdict there is there were some: the steps reach all of the core. A run that time cuts short may meet no
    // ambiguous one, the rarest.
    expect([...new Set([...verdicts.keys(), 'ambiguous'])].toSorted()).toEqual([
      'ambiguous',
      'ended',
      'gone',
      'invalidated',
      'lingering',
      'logged-on-anew',
      'made-anew',
      'not-yours',
      'nothing-open',
      'opened',
      'overtaken',
      'renewed',
      'repeated',
      'resumed',
      'stale',
      'taken',
    ]);
  },
  WITHIN_MS,
);
