/** What an operator sees of sessions on each rung of the ladder. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { useFunctions } from '../support/functions.ts';
import { useMinutes } from '../support/minutes.ts';

const functions = useFunctions({ 'bi-portal': { profile: 'enterprise' } });
const minutes = useMinutes();
const { at, later } = minutes;

type Station = Awaited<ReturnType<typeof functions.register>>;
let reports: Station;
let admin: Station;
let user = '';
let count = 0;

beforeAll(async () => {
  const entry = { realm: 'bi-portal', kind: 'application', reportsActivity: true };
  reports = await functions.register({ ...entry, name: 'Reports', location: 'Intranet' });
  admin = await functions.register({ ...entry, name: 'Admin console', location: 'Head office' });
});
beforeEach(() => {
  user = `user-${count++}`;
});

/** Logs in at minute 0; the application pings twice more, then its user is idle: 20, 28, 58 and 480 are the boundaries. */
async function leftAlone(): Promise<string> {
  const { body } = await functions.say(reports, 'login', { user });
  for (const minute of [9, 18]) {
    later(minute);
    await functions.say(reports, 'ping', { session: body.session });
  }
  return body.session;
}

const RUNGS = [
  { rung: 'active', minute: 19 },
  { rung: 'lingering', minute: 22 },
  { rung: 'failover', minute: 40 },
  { rung: 'remembered', minute: 100 },
] as const;

test('an operator lists sessions by their rung, once a sweep has announced it', async () => {
  const session = await leftAlone();
  for (const { rung, minute } of RUNGS) {
    later(minute);
    await functions.sweep({ backstop: true });
    for (const { rung: other } of RUNGS) {
      const { body } = await functions.operator('GET', `/v1/sessions?realm=bi-portal&rung=${other}`);
      const found = body.sessions.filter((one: { session: string }) => one.session === session);
      expect(found.map((one: { rung: string }) => one.rung)).toEqual(other === rung ? [rung] : []);
    }
    const held = await functions.operator('GET', `/v1/sessions?realm=bi-portal&user=${user}`);
    expect(held.body.sessions).toHaveLength(minute < 28 ? 1 : 0);
  }
});

test.each(RUNGS)(
  'sees one that is $rung in full, with its deadlines and its whole way down',
  async ({ rung, minute }) => {
    const session = await leftAlone();
    later(minute);
    const { status, body } = await functions.operator('GET', `/v1/sessions/${session}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      session,
      user,
      realm: 'bi-portal',
      epoch: minutes.start,
      station: reports.id,
      name: 'Reports',
      location: 'Intranet',
      rung,
      openedAt: at(0),
      activeAt: at(0),
      heardAt: at(18),
      heldUntil: at(28),
      freeAt: at(28 + 2 / 60),
      ...(minute < 28 ? {} : { invalidatedAt: at(28), invalidatedBy: 'lease', resumableUntil: at(480) }),
      deadlines: { lingerAt: at(20), leaseAt: at(28), maximumAt: at(24 * 60), rememberedUntil: at(480) },
      timeline: [
        { rung: 'active', from: at(0), until: at(20) },
        { rung: 'lingering', from: at(20), until: at(28), reason: 'idle' },
        { rung: 'failover', from: at(28), until: at(58), reason: 'lease', freeAt: at(28 + 2 / 60) },
        { rung: 'remembered', from: at(58), until: at(480), reason: 'failover' },
        { rung: 'ended', from: at(480), reason: 'logon-token' },
      ],
    });
    const theirs = await functions.operator('GET', `/v1/realms/bi-portal/users/${user}`);
    expect(theirs.body).toEqual({
      user,
      realm: 'bi-portal',
      seats: [body],
      history: [],
      refusals: [],
      refusedStations: [],
    });
  },
);

test('an operator sees a user’s sessions at several stations, each station read once, and pages through what ended', async () => {
  const opened: string[] = [];
  for (let n = 0; n < 6; n++) {
    later(n / 60);
    opened.push((await functions.say(n < 3 ? reports : admin, 'login', { user })).body.session);
  }
  const path = `/v1/realms/bi-portal/users/${user}`;
  functions.dynamodb.take();
  const { body } = await functions.operator('GET', path);
  expect(body.seats.map(({ name }: { name: string }) => name).sort()).toEqual([
    ...Array(3).fill('Admin console'),
    ...Array(3).fill('Reports'),
  ]);
  const operations = functions.dynamodb.take().map(({ operation }) => operation);
  // Seats, history, what was refused them, and the stations of the realm that prove nothing.
  expect(operations.sort()).toEqual(['GetItem', 'GetItem', ...Array(4).fill('Query')]);

  // In another order than that in which they opened.
  for (const [n, { session, station }] of body.seats.entries()) {
    later(1 + n);
    await functions.say(station === reports.id ? reports : admin, 'logout', { session });
  }
  await functions.journal();
  const ended: string[] = [];
  let cursor = '';
  for (let pages = 0; pages < 10; pages++) {
    const page = (await functions.operator('GET', `${path}?limit=2${cursor}`)).body;
    ended.push(...page.history.map(({ session }: { session: string }) => session));
    if (page.cursor === undefined) break;
    cursor = `&cursor=${encodeURIComponent(page.cursor)}`;
  }
  // The last opened first, each once, though its seat's item still stands beside history.
  expect(ended).toEqual(opened.toReversed());
});

test('an operator sees the ladder’s fields in the realm', async () => {
  const { body } = await functions.operator('GET', '/v1/realms/bi-portal');
  expect(body).toEqual({
    realm: 'bi-portal',
    bound: 'PT10M2S',
    boundWithJob: 'PT10M2S',
    whereActivityIsReported: { bound: 'PT10M2S', boundWithJob: 'PT10M2S' },
    policy: {
      profile: 'enterprise',
      seats: 'unlimited',
      idle: 'PT20M',
      whenIdle: 'linger',
      ping: 'PT2M',
      lease: 'PT10M',
      failover: 'PT30M',
      logonToken: 'PT8H',
      maximum: 'P1D',
      job: 'off',
      takeOver: 'offer',
      users: { case: 'ignore', domains: [] },
      sweep: 'PT1M',
      retention: 'P90D',
      secretUrls: 'refuse',
    },
  });
});
