/** How stations do, over the real applications: what an operator is shown of a printer that crashes, from its last word on. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createEdge, type Edge } from '../support/edge.ts';

const MINUTE = 60_000;

let edge: Edge;
let printer: { id: string; key: string };
let other: { id: string; key: string };

beforeEach(async () => {
  edge = createEdge({
    'campus-print': { profile: 'release-station' },
    pinged: { profile: 'release-station', ping: '60s' },
    portal: { profile: 'enterprise' },
  });
  printer = await edge.register('lib-5', { realm: 'campus-print', kind: 'hosted', name: 'Library 5' });
  other = await edge.register('lib-1', { realm: 'campus-print', kind: 'hosted', name: 'Library 1' });
});

const healthOf = async (id: string) => (await edge.ask('GET', `/v1/stations/${id}/health`)).body;
const logIn = (at: typeof printer, user = 'ana') => edge.say(at, 'login', { user });

describe('a printer that crashes while ana is logged in there', () => {
  beforeEach(() => logIn(printer));

  test('is green, and shows her, as long as nobody misses anything', async () => {
    edge.later(MINUTE);
    expect((await healthOf('lib-5')).health).toMatchObject({
      state: 'green',
      why: 'It was last heard 1m ago, at 2026-11-23T08:00:00.000Z.',
      heardAt: '2026-11-23T08:00:00.000Z',
      user: 'ana',
      sessions: 0,
    });
  });

  test('is amber once she is refused elsewhere: long before its lease is over', async () => {
    edge.later(MINUTE);
    await logIn(other);
    const { health, caused, there } = await healthOf('lib-5');
    expect(health).toMatchObject({ state: 'amber', caused: 1, command: ['explain', 'ana'] });
    expect(health.why).toBe(
      'ana is logged in there and was refused elsewhere once since it was last heard, 1m ago, at 2026-11-23T08:00:00.000Z.',
    );
    expect(caused).toMatchObject([{ station: 'lib-1', name: 'Library 1', problem: 'seat-taken', heldAt: 'lib-5' }]);
    expect(there).toMatchObject([{ user: 'ana', station: 'lib-5' }]);
  });

  test('is red within a lease of its crash, by name, whether or not a sweep has come by', async () => {
    edge.later(MINUTE);
    await logIn(other);
    edge.later(4 * MINUTE);
    const { body } = await edge.ask('GET', '/v1/stations?health=true');
    const red = body.stations.filter(({ health }: { health: { state: string } }) => health.state === 'red');
    expect(red).toHaveLength(1);
    expect(red[0]).toMatchObject({ station: 'lib-5', name: 'Library 5', health: { ended: { lease: 1 }, caused: 1 } });
    expect(red[0].health.why).toBe(
      'It fell silent 5m ago, at 2026-11-23T08:00:00.000Z: its session of ana ended by lease, ' +
        'nothing has been heard since, and ana was refused elsewhere once.',
    );
  });

  test('is green again with its next word', async () => {
    await logIn(other);
    edge.later(6 * MINUTE);
    await edge.say(printer, 'login', { user: 'ben' });
    expect((await healthOf('lib-5')).health).toMatchObject({ state: 'green', user: 'ben' });
  });
});

test('a printer whose key is an old one is red as long as nothing else is heard of it', async () => {
  await logIn(printer);
  await edge.say(printer, 'logout');
  edge.later(10 * MINUTE);
  for (const rotate of ['0s', '0s']) await edge.ask('POST', '/v1/stations/lib-5/key', { rotate });
  edge.later(6 * MINUTE);
  await logIn(printer, 'vera.meyer');
  const { health, refusals } = await healthOf('lib-5');
  expect(health).toMatchObject({ state: 'red', refused: 1, command: ['stations', 'key', 'lib-5'] });
  expect(health.why).toMatch(/^It was refused 0s ago, .*: its key is not the one that is registered/);
  expect(refusals).toMatchObject([{ user: 'vera.meyer', proven: false }]);
  const { body } = await edge.ask('POST', '/v1/stations/lib-5/key');
  edge.later(1_000);
  await logIn({ id: 'lib-5', key: body.key });
  expect((await healthOf('lib-5')).health.state).toBe('green');
});

test('a printer that should ping and does not is red while somebody is there', async () => {
  const pinging = await edge.register('ricoh-1', { realm: 'pinged', kind: 'pinging' });
  await logIn(pinging);
  edge.later(2 * MINUTE);
  expect((await healthOf('ricoh-1')).health.state).toBe('green');
  edge.later(2 * MINUTE);
  expect((await healthOf('ricoh-1')).health).toMatchObject({ state: 'red', user: 'ana' });
});

test('one that is registered and was never heard of is amber, and red without a key', async () => {
  expect((await healthOf('lib-1')).health).toMatchObject({
    state: 'amber',
    why: expect.stringContaining('nothing has been heard'),
  });
  await edge.ask('PUT', '/v1/stations/lib-9', { realm: 'campus-print', kind: 'hosted' });
  expect((await healthOf('lib-9')).health).toMatchObject({ state: 'red', command: ['stations', 'key', 'lib-9'] });
});

test('a web application shows who is there, and is not silent because one of its users is', async () => {
  const portal = await edge.register('reports', { realm: 'portal', kind: 'application' });
  for (const user of ['ana', 'ben']) await logIn(portal, user);
  edge.later(5 * MINUTE);
  const { health, there } = await healthOf('reports');
  expect(health).toMatchObject({ state: 'green', heardAt: '2026-11-23T08:00:00.000Z' });
  expect(there.map(({ user }: { user: string }) => user).sort()).toEqual(['ana', 'ben']);
});

test('what a printer says that cannot be understood makes it amber', async () => {
  await edge.say(printer, 'login', { user: 7 });
  expect((await healthOf('lib-5')).health).toMatchObject({
    state: 'amber',
    why: expect.stringMatching(/could not be understood: user must be the name of a user/),
  });
});

test('of a station that is not registered nothing is known', async () => {
  expect((await edge.ask('GET', '/v1/stations/none/health')).status).toBe(404);
});
