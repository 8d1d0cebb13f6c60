import { expect, test } from 'vitest';
import { type Reply, useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station' } });
const REGISTRATION = { realm: 'campus-print', kind: 'application', name: 'Portal', location: 'Basement' };

test('of five stations that race for one user, exactly one wins, and the others are told of that one; 200 times', async () => {
  const stations = await Promise.all([1, 2, 3, 4, 5].map(() => functions.register(REGISTRATION)));
  const users = Array.from({ length: 200 }, (_, n) => `user-${n}`);

  // All five of a user at once; ten users at once, for one process has as many connections to the table as that needs.
  const races: Reply[][] = [];
  for (let n = 0; n < users.length; n += 10) {
    const wave = users
      .slice(n, n + 10)
      .map((user) => Promise.all(stations.map((station) => functions.say(station, 'login', { user }))));
    races.push(...(await Promise.all(wave)));
  }

  for (const answers of races) {
    const winners = answers.filter(({ status }) => status === 201);
    expect(winners).toHaveLength(1);
    const { session, station } = winners[0]?.body ?? {};
    const losers = answers.filter(({ status }) => status === 409);
    expect(losers).toHaveLength(4);
    for (const { body } of losers) {
      expect(body.holders).toHaveLength(1);
      expect(body.holders[0]).toMatchObject({ session, station, name: 'Portal', location: 'Basement' });
    }
  }
});
