/** A session of a web application on the stack as deployed: left alone, come back to, left alone for good. */
import { beforeAll, expect, test } from 'vitest';
import {
  type Announcement,
  allowInTheEmulatorsTerms,
  eventually,
  operator,
  registeredStation,
  type Station,
  type Subscription,
  setBackstop,
  subscription,
} from './deployment.ts';

let portal: Station;
let bus: Subscription;

beforeAll(async () => {
  await allowInTheEmulatorsTerms();
  await setBackstop('DISABLED', 'rate(5 minutes)');
  bus = await subscription();
  const registration = { realm: 'bi-portal', kind: 'application', name: 'Reports', location: 'Intranet' };
  portal = await registeredStation('reports', { ...registration, reportsActivity: true });
});

/** The announcement of this kind about this session, once there is one. */
const announced = (type: string, session: unknown): Promise<Announcement> =>
  eventually(`session.${type}`, async () =>
    (await bus.events()).find(
      (event) => event['detail-type'] === `session.${type}` && event.detail.session === session,
    ),
  );
const rungsOf = ({ detail: { oldRung, newRung, reason } }: Announcement) => [oldRung, newRung, reason];

test('a session lingers, loses its seat, is resumed and ends, and each is announced by its timer', async () => {
  const { status, body: login } = await portal('login', { user: 'ana' });
  expect(status).toBe(201);
  const first = login.session;

  const lingering = await announced('lingering', first);
  expect(rungsOf(lingering)).toEqual(['active', 'lingering', 'idle']);
  const invalidated = await announced('invalidated', first);
  expect(rungsOf(invalidated)).toEqual(['lingering', 'failover', 'lease']);
  expect(invalidated.detail.at).toBe(login.heldUntil);
  const dormant = await operator('GET', '/v1/sessions?rung=failover');
  expect(dormant.body.sessions).toMatchObject([{ session: first, rung: 'failover', invalidatedBy: 'lease' }]);
  expect((await operator('GET', '/v1/sessions?realm=bi-portal')).body).toEqual({ sessions: [] });
  expect(await portal('ping', { session: first })).toMatchObject({ status: 410, body: { rung: 'failover' } });

  const back = await portal('activity', { session: first });
  expect(back).toMatchObject({ status: 201, body: { outcome: 'made-anew', previous: first, stateLost: true } });
  const second = back.body.session;
  const resumed = await announced('resumed', second);
  expect(rungsOf(resumed)).toEqual(['failover', 'active', undefined]);
  expect(resumed.detail.previous).toBe(first);
  expect(rungsOf(await announced('ended', first))).toEqual(['failover', 'ended', 'made-anew']);

  // Left alone for good.
  const ended = await announced('ended', second);
  expect(rungsOf(ended)).toEqual(['failover', 'ended', 'failover']);
  expect(rungsOf(await announced('invalidated', second))).toEqual(['lingering', 'failover', 'lease']);
  const expired = await portal('activity', { session: second });
  expect(expired).toMatchObject({ status: 401, body: { name: 'Reports', location: 'Intranet' } });
  expect(expired.body.passed).toMatchObject([{ deadline: 'idle' }, { deadline: 'lease' }, { deadline: 'failover' }]);

  const { body } = await operator('GET', '/v1/realms/bi-portal/users/ana');
  expect(body).toMatchObject({ seats: [], history: [{ session: second }, { session: first }] });
  expect((body.history as { reason: string }[]).map(({ reason }) => reason)).toEqual(['failover', 'made-anew']);
});
