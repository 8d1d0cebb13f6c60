/** One person, one seat, however their name is spelt; and no name that an operator does not reach. */
import { beforeEach, describe, expect, test } from 'vitest';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { memoryStations } from '../../lib/memory/stations.ts';
import { createEdge, type Edge } from '../support/edge.ts';

const REALMS = {
  realms: {
    campus: { profile: 'release-station', users: { domains: ['CORP', 'corp.example'] } },
    exact: { profile: 'release-station', users: { case: 'exact' } },
  },
};
type Station = { id: string; key: string };

let edge: Edge;
let one: Station;
let two: Station;

beforeEach(async () => {
  edge = createEdge(REALMS);
  one = await edge.register('z1', { realm: 'campus', kind: 'hosted' });
  two = await edge.register('z2', { realm: 'campus', kind: 'hosted' });
});

const encoded = (name: string) => encodeURIComponent(name);
const shown = async (user: string, more = '', realm = 'campus') =>
  (await edge.ask('GET', `/v1/realms/${realm}/users?user=${encoded(user)}${more}`)).body;
const live = async (query = '') => (await edge.ask('GET', `/v1/sessions${query}`)).body.sessions;

describe('who is logged in as ana', () => {
  test.each(['ANA', ' Ana ', 'CORP\\ana', 'corp\\ANA', 'ana@corp.example', 'ANA@CORP', 'an\u200ba', '\u200fana'])(
    'is refused elsewhere as %j',
    async (user) => {
      await edge.say(one, 'login', { user: 'ana' });
      expect((await edge.say(two, 'login', { user })).status).toBe(409);
      expect(await live()).toHaveLength(1);
    },
  );

  test('is nobody whose name is another: they have a seat too', async () => {
    await edge.say(one, 'login', { user: 'ana' });
    expect((await edge.say(two, 'login', { user: 'OTHER\\ana' })).status).toBe(201);
  });

  test('goes on with that session as CORP\\Ana at the same panel, and is shown as they typed it last', async () => {
    const { session } = (await edge.say(one, 'login', { user: 'ana' })).body;
    const again = await edge.say(one, 'login', { user: 'CORP\\Ana' });
    expect([again.status, again.body.session]).toEqual([200, session]);
    expect(again.body).toMatchObject({ user: 'CORP\\Ana', userKey: 'ana' });
    expect(await live()).toMatchObject([{ user: 'CORP\\Ana', userKey: 'ana' }]);
    const { body } = await edge.say(one, 'login', { user: 'ana' });
    expect([body.user, body.userKey]).toEqual(['ana', undefined]);
  });

  test.each(['activity', 'ping', 'logout'])('is meant by ANA in a %s', async (event) => {
    await edge.say(one, 'login', { user: 'ana' });
    expect((await edge.say(one, event, { user: 'ANA' })).status).toBe(200);
  });

  test('is meant by ANA beside their session', async () => {
    const { session } = (await edge.say(one, 'login', { user: 'ana' })).body;
    expect((await edge.say(one, 'logout', { user: 'corp\\ANA', session })).body.outcome).toBe('ended');
  });

  test('takes over as ANA what they hold as ana', async () => {
    const { session } = (await edge.say(one, 'login', { user: 'ana' })).body;
    expect((await edge.say(two, 'login', { user: 'ANA', takeOver: session })).status).toBe(201);
    expect(await live()).toMatchObject([{ user: 'ANA', station: 'z2' }]);
  });
});

test('where case counts, Ana and ana are two', async () => {
  const [a, b] = [
    await edge.register('e1', { realm: 'exact', kind: 'hosted' }),
    await edge.register('e2', { realm: 'exact', kind: 'hosted' }),
  ];
  expect((await edge.say(a, 'login', { user: 'ana' })).status).toBe(201);
  expect((await edge.say(b, 'login', { user: 'Ana' })).status).toBe(201);
});

describe('an operator reaches', () => {
  test.each(['CORP\\Ana', 'ana', 'ANA@corp.example', 'An\u00ada'])(
    'whoever logged in as CORP\\Ana, by %j',
    async (user) => {
      const { session } = (await edge.say(one, 'login', { user: 'CORP\\Ana' })).body;
      expect((await shown(user)).seats).toMatchObject([{ session, user: 'CORP\\Ana', userKey: 'ana' }]);
      for (const query of [`?user=${encoded(user)}`, `?realm=campus&user=${encoded(user)}`]) {
        expect(await live(query)).toMatchObject([{ session }]);
      }
    },
  );

  test.each(['a?b', 'a/b', 'a#b', '100%', 'a+b', 'a&user=b', '...', 'history', '-', '~', 'مريم', '李雷', 'a\\b@c'])(
    'the user %j: who is shown, and forgotten, and is nobody else',
    async (user) => {
      await edge.say(one, 'login', { user });
      expect((await shown(user)).seats).toMatchObject([{ user }]);
      const { status, body } = await edge.ask('DELETE', `/v1/realms/campus/history?user=${encoded(user)}`);
      expect([status, body.user, body.open.length]).toEqual([200, user, 1]);
    },
  );

  test.each(['CORP\\An', 'CORP\\Ana', 'ana@corp.example', 'A\u200bNA', 'a'])(
    'whoever logged in as CORP\\Ana, by a part of what is shown: %j',
    async (part) => {
      const { session } = (await edge.say(one, 'login', { user: 'CORP\\Ana' })).body;
      expect(await live(`?find=${encoded(part)}`)).toMatchObject([{ session }]);
    },
  );

  test.each([
    ['/v1/realms/campus/users', 'user'],
    ['/v1/realms/campus/users?user=', 'user'],
    ['/v1/realms/campus/users/%2E', 'user'],
    ['/v1/realms/campus/users?user=ana&user=ben', 'user'],
    ['/v1/realms/campus/users?user=ana&User=ben', 'User'],
    ['/v1/realms/campus/users/ana?user=ben', 'user'],
  ])('nobody by %s', async (url, field) => {
    const { status, body } = await edge.ask('GET', url);
    expect([status, body.errors[0].field]).toEqual([400, field]);
  });
});

describe('what was kept before the realm named its users so', () => {
  /** The same table, under another policy. */
  test('is reached by the name as it was typed then, and by the session', async () => {
    const ports = await oldPorts();
    const after = createEdge(REALMS, ports);
    const ask = async (url: string) => (await after.ask('GET', url)).body;
    const { seats } = await ask('/v1/realms/campus/users?user=Ana');
    expect(seats).toMatchObject([{ user: 'Ana', station: 'z1' }]);
    expect((await ask('/v1/sessions?user=ana')).sessions).toHaveLength(1);
    expect((await ask('/v1/sessions?realm=campus&user=Ana')).sessions).toHaveLength(1);
    const station = { id: 'z1', key: (await after.ask('POST', '/v1/stations/z1/key')).body.key };
    expect((await after.say(station, 'logout', { user: 'ANA', session: seats[0].session })).body.outcome).toBe('ended');
  });

  test('ends when its user logs in again at the same panel, and when that is logged out', async () => {
    const ports = await oldPorts();
    const after = createEdge(REALMS, ports);
    const station = { id: 'z1', key: (await after.ask('POST', '/v1/stations/z1/key')).body.key };
    expect((await after.say(station, 'login', { user: 'Ana' })).status).toBe(201);
    expect((await after.ask('GET', '/v1/sessions')).body.sessions).toHaveLength(1);
  });

  async function oldPorts() {
    const ports = {
      seats: memorySeats({ shards: 4 }),
      panels: memoryPanels(),
      stations: memoryStations(),
      history: memoryHistory(),
    };
    const old = createEdge({ campus: { profile: 'release-station', users: { case: 'exact' } } }, ports);
    const station = await old.register('z1', { realm: 'campus', kind: 'hosted' });
    await old.say(station, 'login', { user: 'Ana' });
    return ports;
  }
});

test.each(['user=J%F6rg', 'user=J%EF%BF%BDrg', 'user=100%'])(
  'an operator who asks by no Unicode is told so: %s',
  async (query) => {
    for (const [method, path] of [
      ['GET', '/v1/realms/campus/users'],
      ['GET', '/v1/sessions'],
      ['DELETE', '/v1/realms/campus/history'],
    ] as const) {
      const { status, body } = await edge.ask(method, `${path}?${query}`);
      expect([status, body.errors[0].field]).toEqual([400, 'query']);
    }
  },
);
