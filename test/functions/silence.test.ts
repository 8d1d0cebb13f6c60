/** A station that has fallen silent, counted and named by the functions. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({ campus: { profile: 'release-station' } }, { logLevel: 'INFO' });
const START = new Date('2026-11-02T09:00:00Z').getTime();
const DAY = 86_400_000;
const lines: string[] = [];
beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a printer that nobody has used for a day, where somebody is every day, is counted and named in the log', {
  timeout: 60_000,
}, async () => {
  const printer = (id: string) => functions.register({ realm: 'campus', kind: 'hosted', name: id }, id);
  const [busy, silent] = [await printer('lib-1'), await printer('lib-2')];
  for (let n = 0; n < 10; n++) {
    vi.setSystemTime(START + n * DAY);
    for (const [station, user] of [
      [busy, 'ana'],
      [silent, 'bo'],
    ] as const) {
      if (station === silent && n === 9) continue;
      await functions.say(station, 'login', { user });
      await functions.say(station, 'logout', { user });
    }
    await functions.journal();
  }
  vi.setSystemTime(START + 9 * DAY + DAY / 2);
  lines.length = 0;
  await functions.sweep({ silence: true });
  const said = lines.map((line) => JSON.parse(line));
  expect(said).toContainEqual(expect.objectContaining({ SilentStations: 1 }));
  const stations = [{ station: 'lib-2', since: '2026-11-10T09:00:00.000Z' }];
  expect(said).toContainEqual(expect.objectContaining({ message: 'silent stations', looked: 2, silent: 1, stations }));
});
