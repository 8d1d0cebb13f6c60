/** How the API is asked: pages, clocks, and what becomes of an API that does not answer. */
import { expect, test } from 'vitest';
import { type Asking, type Connection, operatorApi, Refused, Unreachable } from '../../lib/command/api.ts';
import { toRfc3339 } from '../../lib/time.ts';
import { at, NOON } from '../contract/sessions.ts';
import { runCurfew } from '../support/command.ts';

interface Asked extends Asking {
  readonly path: string;
}

/** Answers with these in turn, and remembers what was asked and how long was waited. */
function api(...answers: readonly (Response | Error)[]) {
  const asked: Asked[] = [];
  const waits: number[] = [];
  const left = [...answers];
  const connection: Connection = {
    send: async (path, asking) => {
      asked.push({ path, ...asking });
      const answer = left.shift();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('asked too often');
      return answer;
    },
    where: 'https://api.example, signed for IAM',
    options: ['--stack', 'curfew-prod'],
  };
  const wait = async (ms: number) => void waits.push(ms);
  const { signal } = new AbortController();
  return { api: operatorApi({ connection, clock: () => NOON, wait, signal }), connection, asked, waits };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const busy = () => json({ title: 'Try again' }, 503, { 'retry-after': '2' });

test('a long listing comes page by page, and says how far it is', async () => {
  const sessions = Array.from({ length: 250 }, (_, n) => ({
    user: `user-${n}`,
    realm: 'campus',
    station: 'lib-1',
    rung: 'active',
    session: `handle-${n}`,
    openedAt: toRfc3339(NOON),
    heardAt: toRfc3339(NOON),
    heldUntil: toRfc3339(at(300)),
  }));
  const { connection, asked } = api(
    json({ sessions: sessions.slice(0, 100), cursor: 'one/two' }),
    // The filter may leave a page empty while more follow.
    json({ sessions: [], cursor: 'three' }),
    json({ sessions: sessions.slice(100) }),
  );
  const progress: string[] = [];
  const options = { progress: (text: string) => void progress.push(text) };
  const { exit, printed } = await runCurfew(connection, ['sessions', 'list', '--user', 'Zoë & co'], options);
  expect(exit).toBe(0);
  expect(printed.split('\n').at(-1)).toBe('250 sessions, all: realm campus, station lib-1, rung active');
  expect(printed.split('\n')).toHaveLength(253);
  expect(asked.map(({ path }) => path)).toEqual([
    '/v1/sessions?limit=100&user=Zo%C3%AB%20%26%20co',
    '/v1/sessions?cursor=one%2Ftwo&limit=100&user=Zo%C3%AB%20%26%20co',
    '/v1/sessions?cursor=three&limit=100&user=Zo%C3%AB%20%26%20co',
  ]);
  expect(progress).toEqual(['100 sessions so far', '100 sessions so far', '250 sessions so far', '']);
});

test('no more is asked for than is wanted', async () => {
  const { api: one, asked } = api(json({ stations: [1, 2, 3], cursor: 'more' }));
  expect(await one.list('/v1/stations', 'stations', { most: 3 })).toEqual([1, 2, 3]);
  expect(asked[0]?.path).toBe('/v1/stations?limit=3');
});

test('of a long history as much is read as is wanted', async () => {
  const ended = (user: number) => ({ session: `handle-${user}`, openedAt: toRfc3339(NOON), endedAt: toRfc3339(NOON) });
  const page = (from: number, cursor?: string) =>
    json({
      user: 'ana',
      realm: 'campus',
      seats: [],
      history: Array.from({ length: 100 }, (_, n) => ended(from + n)),
      refusals: [],
      refusedStations: [],
      cursor,
    });
  const { connection, asked } = api(page(0, 'a'), page(100, 'b'));
  const args = ['users', 'show', 'ana', '--realm', 'campus', '--history', '150', '--json'];
  const { printed } = await runCurfew(connection, args);
  expect(
    JSON.parse(printed)
      .realms[0].history.map(({ session }: { session: string }) => session)
      .at(-1),
  ).toBe('handle-149');
  expect(asked.map(({ path }) => path)).toEqual([
    '/v1/realms/campus/users?limit=100&user=ana',
    '/v1/realms/campus/users?cursor=a&limit=100&user=ana',
  ]);
});

test('what passes in a moment is asked for again', async () => {
  const { api: one, asked, waits } = api(busy(), json({}, 429), json({ realms: [] }));
  expect((await one.ask('GET', '/v1/realms')).body).toEqual({ realms: [] });
  expect(asked).toHaveLength(3);
  expect(waits).toEqual([2_000, 1_000]);
});

test('but not for ever', async () => {
  const { api: one, asked } = api(busy(), busy(), busy(), busy());
  await expect(one.ask('GET', '/v1/realms')).rejects.toThrow(new Refused(503, 'Try again'));
  expect(asked).toHaveLength(4);
});

test('a key is asked for once: a second one would make the first unknown', async () => {
  const { api: one, asked } = api(busy());
  await expect(one.ask('POST', '/v1/stations/lib-1/key')).rejects.toThrow('Try again');
  expect(asked).toHaveLength(1);
});

test.each([
  [json({ message: 'Forbidden' }, 403), 'Forbidden (https://api.example, signed for IAM)'],
  [json({ detail: 'no station "x" is registered' }, 404), 'no station "x" is registered'],
  [new Response('<html>Bad gateway</html>', { status: 502 }), 'answered 502'],
])('a refusal says what the API said', async (response, said) => {
  await expect(api(response).api.ask('GET', '/v1/realms')).rejects.toThrow(said);
});

test('an API that is not there is named, with the reason', async () => {
  const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:4600') });
  await expect(api(refused).api.ask('GET', '/v1/realms')).rejects.toThrow(
    new Unreachable('nothing answers at https://api.example, signed for IAM: connect ECONNREFUSED 127.0.0.1:4600'),
  );
});

test('time is told by the clock of the API, where this machine’s is wrong', async () => {
  const { api: one } = api(
    json({}, 200, { date: new Date(at(3_600)).toUTCString() }),
    json({}, 200, { date: new Date(at(1)).toUTCString() }),
  );
  await one.ask('GET', '/v1/realms');
  expect(one.now()).toBe(at(3_600));
  // A second is what the header cannot say.
  await one.ask('GET', '/v1/realms');
  expect(one.now()).toBe(NOON);
});
