/** When it is: deadlines count from when a delivery is acted on, however long it has waited for what comes before. */
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { memoryStations } from '../../lib/memory/stations.ts';
import { SECOND, toRfc3339 } from '../../lib/time.ts';
import { createEdge, type Edge, SHARDS } from '../support/edge.ts';

const REALMS = { campus: { profile: 'release-station' } };

/** The secret comes so much later than it is asked for. */
function waitForSecret(edge: Edge, ms: number): void {
  const { master } = edge;
  edge.master = () => {
    edge.later(ms);
    return master();
  };
}

test('a ping that has waited for 25 s renews its session from the instant at which it is acted on', async () => {
  const edge = createEdge(REALMS);
  const station = await edge.register('lib-1', { realm: 'campus', kind: 'pinging' });
  const { session } = (await edge.say(station, 'login', { user: 'ana' })).body;
  waitForSecret(edge, 25 * SECOND);
  const { body } = await edge.say(station, 'ping', { session });
  expect(body.heardAt).toBe(toRfc3339(edge.now));
});

test('a ping whose session ends while it waits is told so', async () => {
  const edge = createEdge(REALMS);
  const station = await edge.register('lib-1', { realm: 'campus', kind: 'pinging' });
  const { session } = (await edge.say(station, 'login', { user: 'ana' })).body;
  edge.later(290 * SECOND);
  waitForSecret(edge, 25 * SECOND);
  expect(await edge.say(station, 'ping', { session })).toMatchObject({ status: 410, body: { reason: 'lease' } });
});

test.each<[event: string, realms: object, what: string]>([
  ['ping', { campus: { profile: 'release-station' } }, 'panel'],
  ['login', { campus: { profile: 'release-station', seats: 2 } }, 'look at all seats'],
])('a %s in %j that has waited for 3 s for its %s counts from then on', async (event, realms) => {
  const ports = {
    seats: memorySeats({ shards: SHARDS }),
    panels: memoryPanels(),
    stations: memoryStations(),
    history: memoryHistory(),
  };
  const slow = { isSlow: false };
  const late = <Args extends unknown[], Answer>(work: (...args: Args) => Promise<Answer>) => {
    return async (...args: Args): Promise<Answer> => {
      const answer = await work(...args);
      if (slow.isSlow) edge.later(3 * SECOND);
      return answer;
    };
  };
  const edge: Edge = createEdge(realms, {
    ...ports,
    seats: { ...ports.seats, ofUser: late(ports.seats.ofUser) },
    panels: { ...ports.panels, read: late(ports.panels.read) },
  });
  const station = await edge.register('lib-1', {
    realm: 'campus',
    kind: event === 'login' ? 'application' : 'pinging',
  });
  await edge.say(station, 'login', { user: 'ana' });
  slow.isSlow = true;
  const { body } = await edge.say(station, event, event === 'login' ? { user: 'ana' } : {});
  expect(body.heardAt).toBe(toRfc3339(edge.now));
});

test('a signed delivery is as old as it was when it arrived, however long it waits then', async () => {
  const edge = createEdge(REALMS);
  const { id, key } = await edge.register('lib-1', { realm: 'campus', kind: 'pinging', proof: 'signature' });
  const body = JSON.stringify({ type: 'login', user: 'ana' });
  const at = new Date(edge.now - 290 * SECOND);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(at.getTime() / SECOND),
    'webhook-signature': new Webhook(key).sign('msg_1', at, body),
  };
  waitForSecret(edge, 25 * SECOND);
  const { status } = await edge.call({
    method: 'POST',
    url: `/v1/stations/${id}/events`,
    headers,
    body: Buffer.from(body),
  });
  expect(status).toBe(201);
});
