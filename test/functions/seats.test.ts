/** Realms that give their users several seats, as stations meet them. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Reply, useFunctions } from '../support/functions.ts';
import { useMinutes } from '../support/minutes.ts';

const functions = useFunctions({
  'three-seats': { profile: 'enterprise', seats: 3 },
  'a-hundred-seats': { profile: 'enterprise', seats: 100, takeOver: 'refuse' },
  'newest-wins': { profile: 'enterprise', seats: 2, takeOver: 'replace' },
  unlimited: { profile: 'enterprise' },
});
const { at, later } = useMinutes();

type Station = Awaited<ReturnType<typeof functions.register>>;
let reports: Station;
let admin: Station;
let mail: Station;
let user = '';
let count = 0;

const application = (realm: string, name: string, location = '') =>
  functions.register({ realm, kind: 'application', reportsActivity: true, name, location });
const logIn = (station: Station, fields: object = {}) => functions.say(station, 'login', { user, ...fields });
const handles = (replies: readonly Reply[]): string[] => replies.map(({ body }) => body.session);
const faults = ({ status, body }: Reply) => [status, ...body.errors.map(({ field }: { field: string }) => field)];

beforeAll(async () => {
  reports = await application('three-seats', 'Reports', 'Intranet');
  admin = await application('three-seats', 'Admin console');
  mail = await application('three-seats', 'Mail');
});
beforeEach(() => {
  user = `user-${count++}`;
});

/** A minute after each other, so that the first has been silent the longest. */
async function threeSessions(): Promise<[string, string, string]> {
  const opened: Reply[] = [];
  for (const [minute, station] of [reports, admin, mail].entries()) {
    later(minute);
    opened.push(await logIn(station, { id: `${user}-${minute}` }));
  }
  expect(opened.map(({ status }) => status)).toEqual([201, 201, 201]);
  const [first = '', second = '', third = ''] = handles(opened);
  later(3);
  return [first, second, third];
}

const isLive = async (station: Station, session: string): Promise<boolean> =>
  (await functions.say(station, 'activity', { session })).status === 200;

describe('three seats', () => {
  test('a fourth login is refused by all three holders, the least recently heard first', async () => {
    const [first, second, third] = await threeSessions();
    const refused = await logIn(reports);
    expect(refused.headers['retry-after']).toBe(String(7 * 60 + 2));
    expect(refused.body).toEqual({
      type: 'urn:curfew:problem:seat-taken',
      title: 'The seat is taken',
      status: 409,
      detail:
        `all 3 seats are taken: logged in at Reports (Intranet) since ${at(0)}, last heard of ${at(0)}; ` +
        `free at ${at(10 + 2 / 60)} at the latest, if nothing more is heard; ` +
        `logged in at Admin console since ${at(1)}, last heard of ${at(1)}; ` +
        `free at ${at(11 + 2 / 60)} at the latest, if nothing more is heard; ` +
        `logged in at Mail since ${at(2)}, last heard of ${at(2)}; ` +
        `free at ${at(12 + 2 / 60)} at the latest, if nothing more is heard; ` +
        'send "takeOver": true to end the one at Reports (Intranet), which has been silent the longest, ' +
        'or "takeOver": "<its session>" to end another, and log in here',
      holders: [
        [first, reports, 'Reports', 'Intranet', 0] as const,
        [second, admin, 'Admin console', '', 1] as const,
        [third, mail, 'Mail', '', 2] as const,
      ].map(([session, station, name, location, minute]) => ({
        session,
        station: station.id,
        name,
        location,
        openedAt: at(minute),
        heardAt: at(minute),
        freeAt: at(minute + 10 + 2 / 60),
      })),
      takeOver: 'offered',
    });
    // Heard of since, it is no longer the first.
    await functions.say(reports, 'ping', { session: first });
    expect((await logIn(reports)).body.holders.map(({ session }: { session: string }) => session)).toEqual([
      second,
      third,
      first,
    ]);
  });

  test('a take-over ends the one that has been silent the longest', async () => {
    const [first, second, third] = await threeSessions();
    expect((await logIn(mail, { takeOver: true })).status).toBe(201);
    const live = [await isLive(reports, first), await isLive(admin, second), await isLive(mail, third)];
    expect(live).toEqual([false, true, true]);
  });

  test('or the one that it names', async () => {
    const [first, second, third] = await threeSessions();
    expect((await logIn(mail, { takeOver: second })).status).toBe(201);
    await functions.journal();
    const ended = await functions.say(admin, 'activity', { session: second });
    expect([ended.status, ended.body.reason, ended.body.endedBy]).toEqual([410, 'taken-over', `station:${mail.id}`]);
    expect([await isLive(reports, first), await isLive(mail, third)]).toEqual([true, true]);
  });

  test('one that names a session which has gone already takes the seat that it left, and then none', async () => {
    const [first, second, third] = await threeSessions();
    await functions.say(admin, 'logout', { session: second });
    expect((await logIn(admin, { takeOver: second })).status).toBe(201);
    const refused = await logIn(admin, { takeOver: second });
    expect([refused.status, refused.body.holders.length]).toEqual([409, 3]);
    expect([await isLive(reports, first), await isLive(mail, third)]).toEqual([true, true]);
  });

  test.each<[what: string, takeOver: unknown]>([
    ['a text that is no session', 'yes'],
    ['a number', 1],
    ['a list', [true]],
    ['an object', {}],
    ['a session of another user', '1.0.three-seats.Ym8'],
  ])('takeOver: %s is told of that field, and nothing ends', async (_, takeOver) => {
    const [first] = await threeSessions();
    expect(faults(await logIn(mail, { takeOver }))).toEqual([400, 'takeOver']);
    expect(await isLive(reports, first)).toBe(true);
  });

  test.each([[''], [null], ['  ']])(
    'takeOver: %j is none: the login is refused, and told of all who hold a seat',
    async (takeOver) => {
      await threeSessions();
      const refused = await logIn(mail, { takeOver });
      expect([refused.status, refused.body.holders.length]).toEqual([409, 3]);
    },
  );

  test('a repeated delivery finds its own session, wherever that sits', async () => {
    const sessions = await threeSessions();
    for (const [n, station] of [reports, admin, mail].entries()) {
      const { status, body } = await logIn(station, { id: `${user}-${n}` });
      expect([status, body.outcome, body.session]).toEqual([200, 'repeated', sessions[n]]);
    }
  });

  test('an event that names only its user means their one session here; with two, it is told to name one', async () => {
    const [first] = handles([await logIn(reports), await logIn(admin)]);
    const pinged = await functions.say(reports, 'ping', { user });
    expect([pinged.status, pinged.body.session]).toEqual([200, first]);
    await logIn(reports);
    for (const event of ['ping', 'activity', 'logout']) {
      const refused = await functions.say(reports, event, { user });
      expect(faults(refused)).toEqual([400, 'session']);
      expect(refused.body.detail).toBe('session is missing: this user has several sessions at this station');
    }
    expect((await functions.say(mail, 'ping', { user })).body.type).toBe('urn:curfew:problem:no-session');
    expect(await isLive(reports, first ?? '')).toBe(true);
  });

  test('of ten logins that race for three seats, three win, and the others are told of all three; ten times', async () => {
    for (let n = 0; n < 10; n++) {
      const racer = `${user}-${n}`;
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => functions.say(mail, 'login', { user: racer })),
      );
      const winners = handles(answers.filter(({ status }) => status === 201));
      expect(winners).toHaveLength(3);
      for (const { body } of answers.filter(({ status }) => status === 409)) {
        expect(body.holders.map(({ session }: { session: string }) => session).sort()).toEqual(winners.toSorted());
      }
    }
  });
});

test('a hundred holders are listed, and three are spoken of', async () => {
  const portal = await application('a-hundred-seats', 'Portal');
  const opened: Reply[] = [];
  for (let n = 0; n < 100; n += 10)
    opened.push(...(await Promise.all(Array.from({ length: 10 }, () => logIn(portal)))));
  expect(new Set(handles(opened)).size).toBe(100);
  expect(opened.every(({ status }) => status === 201)).toBe(true);
  const { status, body } = await logIn(portal, { takeOver: true });
  expect([status, body.takeOver, body.holders.length]).toEqual([409, 'refused', 100]);
  expect(body.detail).toMatch(/^all 100 seats are taken: .*; and 97 more$/);
  expect(body.detail.length).toBeLessThan(600);
}, 30_000);

test('where the newest wins, the one that has been silent the longest gives way without being asked', async () => {
  const portal = await application('newest-wins', 'Portal');
  const older = await logIn(portal);
  later(1);
  const [first = '', second = ''] = handles([older, await logIn(portal)]);
  later(2);
  expect((await logIn(portal)).status).toBe(201);
  expect([await isLive(portal, first), await isLive(portal, second)]).toEqual([false, true]);
});

describe('no limit', () => {
  let portal: Station;
  let printer: Station;
  beforeAll(async () => {
    portal = await application('unlimited', 'Portal');
    printer = await functions.register({ realm: 'unlimited', kind: 'pinging', name: 'Library 1' });
  });

  test('each login opens a session of its own, and each lives by itself', async () => {
    const [first = '', second = ''] = handles([await logIn(portal), await logIn(portal)]);
    expect(first).not.toBe(second);
    await functions.say(portal, 'logout', { session: first });
    expect([await isLive(portal, first), await isLive(portal, second)]).toEqual([false, true]);
  });

  test('a repeated delivery finds the first one’s', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => logIn(portal, { id: `once-${user}` })));
    expect(new Set(handles(answers)).size).toBe(1);
    later(1);
    expect((await logIn(portal, { id: `once-${user}` })).body.outcome).toBe('repeated');
  });

  test('at a panel a user has one session, which has no rung below its seat', async () => {
    const [first, second] = [await logIn(printer), await logIn(printer)];
    expect([first.status, second.status, second.body.session]).toEqual([201, 200, first.body.session]);
    const { body } = await functions.operator('GET', `/v1/sessions/${first.body.session}`);
    expect(body.timeline.map(({ rung }: { rung: string }) => rung)).toEqual(['active', 'ended']);
    later(10);
    const gone = await functions.say(printer, 'activity', { session: first.body.session });
    expect([gone.status, gone.body.reason]).toEqual([410, 'lease']);
  });
});
