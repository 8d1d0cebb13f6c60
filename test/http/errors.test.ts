/** What a client is told, in words that it can act on. */
import { beforeEach, expect, test } from 'vitest';
import { createEdge, type Edge } from '../support/edge.ts';

let edge: Edge;
let copier: { id: string; key: string };
let other: { id: string; key: string };

beforeEach(async () => {
  edge = createEdge({ campus: { profile: 'release-station' } });
  copier = await edge.register('copier', { realm: 'campus', kind: 'hosted' });
  other = await edge.register('other', { realm: 'campus', kind: 'hosted' });
});

test.each([
  ['is older than any session', '2026-11-23T07:00:00Z'],
  ['is older than what its station has said since', '2026-11-23T07:59:59Z'],
])('a login that by its date %s is told the time here, and what to leave out', async (_, occurredAt) => {
  await edge.say(copier, 'login', { user: 'ben', occurredAt: '2026-11-23T08:00:00Z' });
  const { status, body } = await edge.say(copier, 'login', { user: 'ana', occurredAt });
  expect([status, body.type]).toEqual([410, 'urn:curfew:problem:login-overtaken']);
  expect(body.detail).toContain(
    "it is 2026-11-23T08:00:00.000Z here. Leave occurredAt out if the station's clock is wrong",
  );
});

test.each(['', '   ', null])('a station that is called %j is called by its id', async (name) => {
  const entry = { realm: 'campus', kind: 'hosted', name, location: name };
  expect((await edge.ask('PUT', '/v1/stations/copier', entry)).body).toMatchObject({ name: 'copier', location: '' });
  await edge.say(copier, 'login', { user: 'ana' });
  const { body } = await edge.say(other, 'login', { user: 'ana' });
  expect(body.detail).toMatch(/^logged in at copier since /);
});

test('an operator’s client may send fields that it leaves open as null', async () => {
  const { session } = (await edge.say(copier, 'login', { user: 'ana' })).body;
  expect((await edge.ask('POST', '/v1/stations/copier/key', { rotate: null })).status).toBe(201);
  expect((await edge.ask('DELETE', `/v1/sessions/${session}`, { reason: 'x', id: null })).status).toBe(200);
  const wrong = await edge.ask('PUT', '/v1/stations/copier', { realm: 'campus', kind: 'hosted', certficate: null });
  expect([wrong.status, wrong.body.detail]).toEqual([400, expect.stringContaining('certficate')]);
});
