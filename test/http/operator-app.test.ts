import { expect, test } from 'vitest';
import { Unavailable } from '../../lib/service/ports.ts';
import { createEdge } from '../support/edge.ts';

test('a key that cannot be shown, since the master secret cannot be read, does not count', async () => {
  const edge = createEdge({ campus: { profile: 'release-station' } });
  const station = await edge.register('lib-1', { realm: 'campus', kind: 'hosted' });
  const { master } = edge;
  const before = (await edge.ask('GET', '/v1/stations/lib-1')).body;
  edge.master = () => Promise.reject(new Unavailable('master secret'));
  expect((await edge.ask('POST', '/v1/stations/lib-1/key')).status).toBe(503);
  expect((await edge.ask('GET', '/v1/stations/lib-1')).body).toEqual(before);
  edge.master = master;
  expect((await edge.say(station, 'login', { user: 'ana' })).status).toBe(201);
});
