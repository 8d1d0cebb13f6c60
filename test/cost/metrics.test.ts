/** The metrics that are paid for, against those that the real functions send on an ordinary day. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { metricsOf } from '../../lib/cost/counts.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station' }, portal: { profile: 'enterprise' } });

type Station = Awaited<ReturnType<typeof functions.register>>;
const START = new Date('2026-11-22T14:23:10Z');
const later = (minutes: number) => vi.setSystemTime(START.getTime() + minutes * 60_000);

const lines: string[] = [];

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});
afterAll(() => void vi.useRealTimers());

const logIn = async (station: Station, user: string): Promise<string> =>
  (await functions.say(station, 'login', { user })).body.session;

test('without rungs: a login refused and made with a take-over; ends by hand, by the next user, by a boot and by silence', async () => {
  const at = (kind: string) => functions.register({ realm: 'campus-print', kind, name: 'A printer' });
  const [printer, other] = [await at('hosted'), await at('hosted')];
  await logIn(printer, 'ana');
  await logIn(other, 'ana');
  await functions.say(other, 'login', { user: 'ana', takeOver: true });
  await functions.say(other, 'logout');
  await logIn(printer, 'ben');
  await logIn(printer, 'cleo');
  await functions.say(printer, 'boot');
  await logIn(printer, 'dan');
  await announceAt(30);
  expectMetrics('campus-print', false);
}, 60_000);

test('with rungs: back from each of them; ends by hand and by the last deadline', async () => {
  const portal = await functions.register({ realm: 'portal', kind: 'application', reportsActivity: true });
  const logIns = [1, 2, 3, 4].map(() => logIn(portal, 'eve'));
  const [loggedOut, soonBack, lateBack] = await Promise.all(logIns);
  await functions.say(portal, 'logout', { session: loggedOut });
  await announceAt(30 + 19);
  await functions.say(portal, 'activity', { session: soonBack });
  await announceAt(30 + 60);
  await functions.say(portal, 'activity', { session: lateBack });
  await announceAt(30 + 481);
  expectMetrics('portal', true);
}, 60_000);

async function announceAt(minutes: number): Promise<void> {
  later(minutes);
  await functions.sweep({ backstop: true });
  await functions.journal();
}

/** How the name of a metric ends that stands for all realms together. */
const OF_ALL = ' of all';

/** Three realms have those of all once, and their own each. */
function expectMetrics(realm: string, withRungs: boolean): void {
  const found = [...metricsIn(lines.splice(0), realm)];
  const inThree = (names: readonly string[]) => names.reduce((sum, name) => sum + (name.endsWith(OF_ALL) ? 1 : 3), 0);
  const isAlways = (name: string) => /^(OpenSessions|WorstOverdueMs) /.test(name);
  expect({
    always: inThree(found.filter(isAlways)),
    busy: inThree(found.filter((name) => !isAlways(name))),
  }).toEqual(metricsOf(3, withRungs));
}

/** Each set of dimensions of a name is one that is paid for: of one realm, and of all. */
function metricsIn(said: readonly string[], realm: string): Set<string> {
  const found = said.flatMap((line) => {
    const { _aws: described, ...values } = JSON.parse(line) as {
      _aws?: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
    } & Record<string, unknown>;
    if (values.realm !== undefined && values.realm !== realm) return [];
    return (described?.CloudWatchMetrics ?? []).flatMap(({ Dimensions, Metrics }) =>
      Metrics.flatMap(({ Name }) =>
        Dimensions.map((names) => `${Name}${names.length === 0 ? OF_ALL : names.map((name) => ` ${values[name]}`)}`),
      ),
    );
  });
  return new Set(found);
}
