/** Whether the system of one machine takes an even load for long: nobody is sent away, and what ends is announced. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure, Part } from '../part.ts';
import { openSystem } from './system.ts';
import { followAnnouncements, quantile, usersOf, verdictOn } from './users.ts';

const MINUTES = 30;
const A_SECOND = 100;

/** So many stations' users take turns: each is asked again once its last answer is there. */
const WORKERS = 200;

const MINUTE_MS = 60_000;

export const steady: Part = {
  name: 'steady',
  about: `${A_SECOND} events a second, evenly, for ${MINUTES} minutes, through \`npm start\`.`,
  isLong: true,
  run: async ({ minutes = MINUTES }, report) => {
    const system = await openSystem();
    const users = usersOf(system);
    const announced = followAnnouncements(system);
    try {
      const free = Array.from({ length: WORKERS }, (_, n) => n);
      const underWay = new Set<Promise<void>>();
      let [sent, dropped, said] = [0, 0, 0];
      const startedAt = performance.now();
      for (let elapsed = 0; elapsed < minutes * MINUTE_MS; elapsed = performance.now() - startedAt) {
        for (; sent < (elapsed / 1_000) * A_SECOND; sent += 1) {
          const worker = free.shift();
          if (worker === undefined) {
            dropped += 1;
            continue;
          }
          const step = users.step(worker).finally(() => {
            free.push(worker);
            underWay.delete(step);
          });
          underWay.add(step);
        }
        if (elapsed > (said + 1) * MINUTE_MS) {
          said += 1;
          const { p50, p99, unavailable } = minute(said - 1);
          report(
            `minute ${said}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${unavailable} sent away, announced ${lagOf(0.99).toFixed(0)} ms later (p99 so far)`,
          );
        }
        await sleep(5);
      }
      await Promise.all(underWay);

      function minute(n: number) {
        const from = startedAt + n * MINUTE_MS;
        const answers = users.answers.filter(({ at }) => at >= from && at < from + MINUTE_MS);
        const times = answers.map(({ ms }) => ms);
        const unavailable = answers.filter(({ status }) => status === 0 || status === 503).length;
        return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), unavailable };
      }
      function lagOf(share: number): number {
        const lags = users.told.flatMap(({ session, endedAt }) => {
          const heardAt = announced.ended.get(session);
          return endedAt === undefined ? [] : [Math.max(0, (heardAt ?? performance.now()) - endedAt)];
        });
        return quantile(lags, share);
      }

      const lag = lagOf(1);
      const verdict = await verdictOn(system, users, users.told.slice(-1_000), announced);
      for (const line of [...verdict.lost, ...verdict.silent, ...users.surprises].slice(0, 10)) report(`! ${line}`);
      const whole = Array.from({ length: Math.floor(minutes) }, (_, n) => minute(n));
      const [first, last] = [whole[0], whole.at(-1)];
      const one = (name: string, unit: string, value: number, rest: Partial<Figure> = {}): Figure => ({
        name,
        unit,
        values: [value],
        ...rest,
      });
      const sentAway = users.answers.filter(({ status }) => status === 0 || status === 503).length;
      return [
        one('not answered, or 503', 'events', sentAway, { goal: { atMost: 0 }, beside: `of ${users.answers.length}` }),
        one('not sent, since none of those who send was free', 'events', dropped, { goal: { atMost: 0 } }),
        one('answered otherwise than with yes or 503', 'events', users.surprises.length, { goal: { atMost: 0 } }),
        one('p50, first minute', 'ms', first?.p50 ?? Number.NaN),
        one('p50, last minute', 'ms', last?.p50 ?? Number.NaN),
        one('p99, first minute', 'ms', first?.p99 ?? Number.NaN),
        one('p99, last minute', 'ms', last?.p99 ?? Number.NaN),
        one('p99, worst minute', 'ms', Math.max(...whole.map(({ p99 }) => p99))),
        one('an end is announced, at the latest', 's', lag / 1_000, { goal: { atMost: 10 } }),
        one('acknowledged, and not announced', 'sessions', verdict.silent.length, {
          goal: { atMost: 0 },
          beside: `of ${users.told.length}`,
        }),
        one('acknowledged, and not so', 'sessions', verdict.lost.length, {
          goal: { atMost: 0 },
          beside: `of ${verdict.looked} looked at`,
        }),
      ];
    } finally {
      await announced.stop();
      users.close();
      await system.stop();
    }
  },
};
