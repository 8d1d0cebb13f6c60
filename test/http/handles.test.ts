/** Handles at the stations' routes: whoever was told of a session may speak of it, and nobody else learns anything. */
import { beforeEach, describe, expect, test } from 'vitest';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryMeter } from '../../lib/memory/meter.ts';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { memoryStations } from '../../lib/memory/stations.ts';
import { memoryTimers } from '../../lib/memory/timers.ts';
import { createKeeper } from '../../lib/service/keeper.ts';
import { handleOf, parseHandle } from '../../lib/session/handle.ts';
import { createEdge, type Edge, type EdgePorts, type Reply, SHARDS } from '../support/edge.ts';
import { policyOf } from '../support/world.ts';

const REALMS = {
  campus: { profile: 'release-station', takeOver: 'offer' },
  suite: { profile: 'enterprise', seats: 1, failover: '30m' },
};
const MINUTE = 60_000;

interface Key {
  readonly id: string;
  readonly key: string;
}

let edge: Edge;
let ports: EdgePorts;
/** What of the table has been asked since it was last looked at. */
let asked: string[];
let lib1: Key;
let lib2: Key;
let gate: Key;

beforeEach(async () => {
  asked = [];
  ports = {
    seats: noted('seats', memorySeats({ shards: SHARDS })),
    panels: noted('panels', memoryPanels()),
    stations: noted('stations', memoryStations()),
    history: noted('history', memoryHistory()),
  };
  edge = createEdge(REALMS, ports);
  lib1 = await edge.register('lib-1', { realm: 'campus', kind: 'pinging' });
  lib2 = await edge.register('lib-2', { realm: 'campus', kind: 'pinging' });
  gate = await edge.register('gate', { realm: 'campus', kind: 'gateway', speaksFor: ['lib-1'] });
});

/** The same port, which writes down what it is asked. */
function noted<Port extends object>(name: string, port: Port): Port {
  const methods = Object.entries(port).map(([method, work]) => [
    method,
    (...args: unknown[]) => {
      asked.push(`${name}.${method}`);
      return work(...args);
    },
  ]);
  return Object.fromEntries(methods);
}

const login = async (station: Key, user: string): Promise<string> => {
  const { status, body } = await edge.say(station, 'login', { user });
  expect(status).toBe(201);
  return body.session;
};

const told = ({ status, text }: Reply) => ({ status, text });

/** A session as version 0.1.0 opened it: nothing sealed it. */
async function openedBefore(station: string, user: string): Promise<string> {
  const keeper = createKeeper(
    { ...ports, timers: memoryTimers(), meter: memoryMeter(), clock: () => edge.now },
    { shards: SHARDS },
  );
  const verdict = await keeper.hear({
    type: 'login',
    station: { id: station, realm: 'campus', hasPanel: true, reportsActivity: false },
    policy: { ...policyOf({ takeOver: 'offer' }), realm: 'campus' },
    now: edge.now,
    id: `before-${user}`,
    user,
  });
  if (verdict.is !== 'opened') throw new Error(`${user}'s login is ${verdict.is}`);
  return handleOf({ ...verdict.seat.key, epoch: verdict.seat.epoch });
}

describe('a handle is one text, wherever it is shown', () => {
  test('to its station, to whoever is refused, and to operators', async () => {
    const session = await login(lib1, 'ana');
    expect(session).toMatch(/^[0-9a-z]+\.0\.campus\.YW5h\.[\w-]{10}$/);
    expect((await edge.say(lib1, 'ping', { session })).body.session).toBe(session);
    expect((await edge.say(lib2, 'login', { user: 'ana' })).body.holders[0].session).toBe(session);
    expect((await edge.ask('GET', '/v1/sessions')).body.sessions[0].session).toBe(session);
    expect((await edge.ask('GET', `/v1/sessions/${session}`)).body.session).toBe(session);
    expect((await edge.ask('GET', '/v1/realms/campus/users/ana')).body.seats[0].session).toBe(session);
    expect((await edge.ask('DELETE', '/v1/realms/campus/users/ana/history')).body.open).toEqual([session]);
    const ended = await edge.ask('DELETE', `/v1/sessions/${session}`, { reason: 'left' });
    expect(ended.body.session).toBe(session);
    expect((await edge.say(lib1, 'ping', { session })).body).toMatchObject({ session, reason: 'operator' });
    expect((await edge.ask('GET', '/v1/realms/campus/users/ana')).body.history[0].session).toBe(session);
  });

  test('and as the one before, of the session that goes on in its place', async () => {
    const web = await edge.register('web', { realm: 'suite', kind: 'application', reportsActivity: true });
    const session = await login(web, 'ana');
    edge.later(31 * MINUTE);
    const { status, body } = await edge.say(web, 'activity', { session });
    expect(status).toBe(201);
    expect(body).toMatchObject({ outcome: 'made-anew', previous: session, stateLost: true });
    expect((await edge.say(web, 'ping', { session: body.session })).body.previous).toBe(session);
    expect((await edge.ask('GET', `/v1/sessions/${body.session}`)).body.previous).toBe(session);
  });

  test.each(['without its seal', 'with a wrong one'])('an operator may send it %s', async (how) => {
    const name = parseHandle(await login(lib1, 'ana'));
    if (name === undefined) throw new Error('a login is answered without a handle');
    const path = `/v1/sessions/${handleOf(name)}${how === 'without its seal' ? '' : '.0123456789'}`;
    expect((await edge.ask('GET', path)).status).toBe(200);
    expect((await edge.ask('DELETE', path, { reason: 'left' })).body.outcome).toBe('ended');
  });
});

describe('a station that makes up handles learns nothing', () => {
  const EVENTS = ['ping', 'activity', 'job-started', 'job-ended', 'logout'];

  /** Around the session of ana that is open, one that has ended, and users of whom nothing is known. */
  async function forged(seal: string): Promise<string[]> {
    const open = await login(lib1, 'ana');
    const past = await login(lib1, 'ben');
    await edge.say(lib1, 'logout', { session: past });
    const known = [open, past, await login(lib1, 'ana')].flatMap((handle) => parseHandle(handle) ?? []);
    const names = known.flatMap((name) => [name, { ...name, epoch: name.epoch + 1 }, { ...name, seat: '1' }]);
    const strangers = ['cleo', 'dan', 'eli'].map((user) => ({ realm: 'campus', user, seat: '0', epoch: edge.now }));
    const handles = [...names, ...strangers].map((name) => `${handleOf(name)}${seal}`);
    return Array.from({ length: 40 }, (_, n) => handles[n % handles.length] as string);
  }

  test.each(EVENTS)('by forty of %s with a wrong seal, and nothing of the table is read for them', async (event) => {
    const handles = await forged('.AAAAAAAAAA');
    await edge.say(lib2, 'ping');
    asked.length = 0;
    edge.metrics.clear();
    const answers: Reply[] = [];
    for (const session of handles) answers.push(await edge.say(lib2, event, { session }));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(403);
    expect(asked).toEqual([]);
    expect([...edge.metrics]).toEqual([['Forbidden', 40]]);
  });

  test.each(EVENTS)('by forty of %s without a seal, and nothing is written', async (event) => {
    const handles = await forged('');
    edge.metrics.clear();
    const writes = edge.writes;
    const answers: Reply[] = [];
    for (const session of handles) answers.push(await edge.say(lib2, event, { session }));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(403);
    expect(edge.writes).toBe(writes);
    expect([...edge.metrics]).toEqual([['Forbidden', 40]]);
  });

  test('by the handle that it was shown of a holder: it is told what it is told of a made-up one', async () => {
    await login(lib1, 'ana');
    const [{ session }] = (await edge.say(lib2, 'login', { user: 'ana' })).body.holders;
    const shown = await edge.say(lib2, 'ping', { session });
    expect(shown.status).toBe(403);
    expect(told(shown)).toEqual(told(await edge.say(lib2, 'ping', { session: `${session.slice(0, -10)}AAAAAAAAAA` })));
  });

  test('by a gateway’s key: it speaks of a session as the station that was told of it, and not as itself', async () => {
    const session = await login(lib1, 'ana');
    expect((await edge.say(gate, 'ping', { session, station: 'lib-1' })).status).toBe(200);
    expect((await edge.say(gate, 'ping', { session })).status).toBe(403);
    const { body } = await edge.say(gate, 'login', { user: 'ben', station: 'lib-1' });
    expect((await edge.say(lib1, 'ping', { session: body.session })).status).toBe(200);
  });
});

test('a take-over names its holder with a seal or without', async () => {
  const session = await login(lib1, 'ana');
  const takeOver = session.split('.').slice(0, 4).join('.');
  const { status, body } = await edge.say(lib2, 'login', { user: 'ana', takeOver });
  expect(status).toBe(201);
  expect((await edge.say(lib1, 'login', { user: 'ana', takeOver: body.session })).status).toBe(201);
});

test.each(['login', 'boot'])('a %s speaks of no session, whatever handle comes with it', async (event) => {
  const session = `${(await login(lib1, 'ana')).slice(0, -10)}AAAAAAAAAA`;
  const { status } = await edge.say(lib1, event, event === 'login' ? { user: 'ana', session } : { session });
  expect(status).toBe(200);
});

describe('a handle of version 0.1.0', () => {
  test('is good for its own station until its session has ended, and then tells how', async () => {
    const session = await openedBefore('lib-1', 'ana');
    expect(session.split('.')).toHaveLength(4);
    const renewed = await edge.say(lib1, 'ping', { session });
    expect(renewed).toMatchObject({ status: 200, body: { outcome: 'renewed', session } });
    expect((await edge.say(lib1, 'logout', { session })).body).toMatchObject({ outcome: 'ended', session });
    expect(await edge.say(lib1, 'ping', { session })).toMatchObject({ status: 410, body: { reason: 'logout' } });
  });

  test('is another station’s for every other, whether its session is open or has ended', async () => {
    const session = await openedBefore('lib-1', 'ana');
    const open = told(await edge.say(lib2, 'ping', { session }));
    await edge.say(lib1, 'logout', { session });
    expect(open.status).toBe(403);
    expect(told(await edge.say(lib2, 'ping', { session }))).toEqual(open);
  });
});

describe('when the master secret is replaced', () => {
  const [first, second, third] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];

  test('the handles of open sessions stay good, and none of them changes', async () => {
    edge.master = async () => ({ current: first });
    lib1 = await edge.register('lib-1', { realm: 'campus', kind: 'pinging' });
    const session = await login(lib1, 'ana');
    edge.master = async () => ({ current: second, previous: first });
    expect(await edge.say(lib1, 'ping', { session })).toMatchObject({ status: 200, body: { session } });
  });

  test('a second time within a session, its handle is refused as one that was made up', async () => {
    edge.master = async () => ({ current: first });
    lib1 = await edge.register('lib-1', { realm: 'campus', kind: 'pinging' });
    const session = await login(lib1, 'ana');
    edge.master = async () => ({ current: third, previous: second });
    lib1 = await edge.register('lib-1', { realm: 'campus', kind: 'pinging' });
    expect((await edge.say(lib1, 'ping', { session })).status).toBe(403);
  });
});
