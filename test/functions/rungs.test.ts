/** What a web application is told on each rung of the ladder, word for word. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE } from '../../lib/time.ts';
import { type Reply, useFunctions } from '../support/functions.ts';
import { useMinutes } from '../support/minutes.ts';

// The suite's example: 20 + 10 + 30 minutes, and 8 hours.
const functions = useFunctions({
  'bi-portal': { profile: 'enterprise' },
  'one-seat': { profile: 'enterprise', seats: 1, logonToken: 'off' },
});
const minutes = useMinutes();
const { at, later } = minutes;

type Station = Awaited<ReturnType<typeof functions.register>>;
let reports: Station;
let user = '';
let count = 0;

const application = (realm: string, name: string, location: string) =>
  functions.register({ realm, kind: 'application', reportsActivity: true, name, location });

beforeAll(async () => {
  reports = await application('bi-portal', 'Reports', 'Intranet');
});

beforeEach(() => {
  user = `user-${count++}`;
});

/** Logs in at minute 0; the application pings twice more, then its user is idle: 20, 28, 58 and 480 are the boundaries. */
async function leftAlone(station = reports): Promise<string> {
  const { body } = await functions.say(station, 'login', { user, id: `login-${user}` });
  for (const minute of [9, 18]) {
    later(minute);
    await functions.say(station, 'ping', { session: body.session });
  }
  return body.session;
}

const problem = ({ status, body }: Reply) => [status, body.type.replace('urn:curfew:problem:', '')];
const told = ({ status, body }: Reply) => [status, body.outcome, body.rung, body.stateLost];

describe('while it lingers', () => {
  test('a ping is answered and moves nothing', async () => {
    const session = await leftAlone();
    later(20);
    const pinged = await functions.say(reports, 'ping', { session });
    expect(told(pinged)).toEqual([200, 'lingering', 'lingering', undefined]);
    expect(pinged.body).toMatchObject({ session, heardAt: at(18), heldUntil: at(28) });
  });

  test.each(['activity', 'job-started', 'job-ended'])(
    '%s resumes it: its state is lost, and it is told once',
    async (event) => {
      const session = await leftAlone();
      later(25);
      const resumed = await functions.say(reports, event, { session, id: 'back' });
      expect(told(resumed)).toEqual([200, 'resumed', 'active', true]);
      expect(resumed.body).toMatchObject({ session, openedAt: at(0), activeAt: at(25), heldUntil: at(35) });

      // A repeat is told what its first try was; the others are not.
      later(26);
      expect(told(await functions.say(reports, event, { session, id: 'back' }))).toEqual([
        200,
        'repeated',
        'active',
        true,
      ]);
      const again = await functions.say(reports, 'login', { user, id: `login-${user}` });
      expect([...told(again), again.body.session]).toEqual([200, 'repeated', 'active', undefined, session]);
      expect(told(await functions.say(reports, 'ping', { session }))).toEqual([200, 'renewed', 'active', undefined]);
      expect(told(await functions.say(reports, 'activity', { session }))).toEqual([
        200,
        'renewed',
        'active',
        undefined,
      ]);
    },
  );
});

describe.each([
  { rung: 'failover', minute: 28, outcome: 'made-anew' },
  { rung: 'remembered', minute: 58, outcome: 'logged-on-anew' },
])('once it has lost its seat ($rung)', ({ rung, minute, outcome }) => {
  test.each(['ping', 'job-ended'])('%s is told so, and until when its user may come back', async (event) => {
    const session = await leftAlone();
    later(minute);
    const refused = await functions.say(reports, event, { session });
    expect(refused.headers['content-type']).toBe('application/problem+json');
    expect(refused.body).toEqual({
      type: 'urn:curfew:problem:session-invalidated',
      title: 'The session has lost its seat',
      status: 410,
      detail: `this session lost its seat at ${at(28)} (lease); it is made anew if its user comes back before ${at(480)}`,
      session,
      user,
      realm: 'bi-portal',
      epoch: minutes.start,
      station: reports.id,
      rung,
      openedAt: at(0),
      activeAt: at(0),
      heardAt: at(18),
      heldUntil: at(28),
      freeAt: at(28 + 2 / 60),
      invalidatedAt: at(28),
      invalidatedBy: 'lease',
      resumableUntil: at(480),
    });
  });

  test.each(['activity', 'job-started'])('%s makes it anew under the same logon, once', async (event) => {
    const session = await leftAlone();
    later(minute);
    const anew = await functions.say(reports, event, { session, id: 'back' });
    expect(anew.status).toBe(201);
    expect(anew.body).toEqual({
      outcome,
      session: anew.body.session,
      user,
      realm: 'bi-portal',
      epoch: minutes.start + minute * MINUTE,
      station: reports.id,
      rung: 'active',
      openedAt: at(minute),
      activeAt: at(minute),
      heardAt: at(minute),
      heldUntil: at(minute + 10),
      freeAt: at(minute + 10 + 2 / 60),
      ...(event === 'job-started' ? { jobs: 1 } : {}),
      loggedOnAt: at(0),
      previous: session,
      stateLost: true,
      bound: 'PT10M2S',
      boundWithJob: 'PT10M2S',
    });
    expect(anew.body.session).not.toBe(session);

    // The same delivery, and others that were sent before the new handle was known.
    later(minute + 1);
    const repeated = await functions.say(reports, event, { session, id: 'back' });
    expect([...told(repeated), repeated.body.session]).toEqual([200, 'repeated', 'active', true, anew.body.session]);
    const other = await functions.say(reports, 'activity', { session });
    expect([...told(other), other.body.session]).toEqual([200, 'renewed', 'active', undefined, anew.body.session]);
    expect((await functions.say(reports, 'ping', { session: anew.body.session })).status).toBe(200);

    await functions.journal();
    const { status, body } = await functions.operator('GET', `/v1/sessions/${session}`);
    expect([status, body.reason, body.invalidatedBy, body.endedAt]).toEqual([410, 'made-anew', 'lease', at(minute)]);

    // Who is told that they are out is out, by whichever handle.
    expect((await functions.say(reports, 'logout', { session })).body.outcome).toBe('ended');
    expect((await functions.say(reports, 'activity', { session: anew.body.session })).status).toBe(410);
  });

  test('a logout ends it for good', async () => {
    const session = await leftAlone();
    later(minute);
    const out = await functions.say(reports, 'logout', { session });
    expect(out.status).toBe(200);
    expect(out.body).toMatchObject({ outcome: 'ended', reason: 'logout', endedAt: at(minute), invalidatedAt: at(28) });
    expect(problem(await functions.say(reports, 'activity', { session }))).toEqual([410, 'session-ended']);
  });

  test('an operator ends it for good, too', async () => {
    const session = await leftAlone();
    later(minute);
    const ended = await functions.operator('DELETE', `/v1/sessions/${session}`, { reason: 'left the company' });
    expect(ended.body).toMatchObject({ outcome: 'ended', reason: 'operator', note: 'left the company', rung: 'ended' });
    const refused = await functions.say(reports, 'activity', { session });
    expect(problem(refused)).toEqual([410, 'session-ended']);
    expect(refused.body.detail).toBe(`this session ended at ${at(minute)} (operator): show the login screen`);
  });
});

describe('after all of it', () => {
  test('activity is told which deadlines passed, when, and where: the user must log in again', async () => {
    const session = await leftAlone();
    later(480);
    const refused = await functions.say(reports, 'activity', { session });
    // Not of the station: its key is good.
    expect(refused.headers['www-authenticate']).toBe('Curfew-Logon');
    expect(refused.body).toEqual({
      type: 'urn:curfew:problem:logon-expired',
      title: 'The user must log in again',
      status: 401,
      detail:
        `the session at Reports (Intranet) has ended by its deadlines (idle at ${at(20)}, lease at ${at(28)}, ` +
        `failover at ${at(58)}, logon-token at ${at(480)}): the user must log in again`,
      session,
      user,
      realm: 'bi-portal',
      epoch: minutes.start,
      station: reports.id,
      name: 'Reports',
      location: 'Intranet',
      rung: 'ended',
      openedAt: at(0),
      activeAt: at(0),
      heardAt: at(18),
      endedAt: at(480),
      reason: 'logon-token',
      endedBy: 'policy',
      invalidatedAt: at(28),
      invalidatedBy: 'lease',
      passed: [
        { deadline: 'idle', at: at(20), rung: 'lingering' },
        { deadline: 'lease', at: at(28), rung: 'failover' },
        { deadline: 'failover', at: at(58), rung: 'remembered' },
        { deadline: 'logon-token', at: at(480), rung: 'ended' },
      ],
    });
    expect(problem(await functions.say(reports, 'ping', { session }))).toEqual([410, 'session-ended']);
    expect(problem(await functions.say(reports, 'job-ended', { session }))).toEqual([410, 'session-ended']);
  });

  test('the logon token counts from the login, however often the session was made anew', async () => {
    const session = await leftAlone();
    later(400);
    const anew = await functions.say(reports, 'activity', { session });
    later(479);
    const { body } = await functions.say(reports, 'ping', { session: anew.body.session });
    expect([body.rung, body.resumableUntil]).toEqual(['remembered', at(480)]);
    later(480);
    const refused = await functions.say(reports, 'activity', { session: anew.body.session });
    expect([refused.status, refused.body.endedAt]).toEqual([401, at(480)]);
  });
});

describe('a seat that has moved on to another station', () => {
  let first: Station;
  let second: Station;
  beforeAll(async () => {
    first = await application('one-seat', 'Reports', 'Intranet');
    second = await application('one-seat', 'Admin console', 'Head office');
  });

  test('each station is told of its own session, by its own name', async () => {
    const session = await leftAlone(first);
    later(70);
    const { body: opened } = await functions.say(second, 'login', { user });
    await functions.journal();
    later(71);
    const refused = await functions.say(first, 'activity', { session });
    expect([refused.status, refused.body.station, refused.body.name]).toEqual([401, first.id, 'Reports']);
    expect(refused.body.detail).toContain('the session at Reports (Intranet) has ended by its deadlines');
    expect(JSON.stringify(refused.body)).not.toContain(second.id);
    expect((await functions.say(second, 'activity', { session: opened.session })).body.station).toBe(second.id);
  });

  test('none is told of another’s, whether that goes on, has ended, or is long gone', async () => {
    const session = await leftAlone(first);
    for (const minute of [19, 30, 59]) {
      later(minute);
      expect(problem(await functions.say(second, 'activity', { session }))).toEqual([403, 'forbidden']);
    }
    await functions.say(second, 'login', { user });
    await functions.journal();
    for (const event of ['activity', 'ping', 'logout']) {
      expect(problem(await functions.say(second, event, { session }))).toEqual([403, 'forbidden']);
    }
  });

  test('who took the seat of one that could still be made anew has ended it', async () => {
    const session = await leftAlone(first);
    later(40);
    expect((await functions.say(second, 'login', { user })).status).toBe(201);
    await functions.journal();
    const refused = await functions.say(first, 'activity', { session });
    expect(problem(refused)).toEqual([410, 'session-ended']);
    expect(refused.body).toMatchObject({
      station: first.id,
      reason: 'superseded',
      endedAt: at(40),
      invalidatedAt: at(28),
      invalidatedBy: 'lease',
    });
  });

  test('while it lingers it is held; who takes it over ends it for good', async () => {
    const session = await leftAlone(first);
    later(25);
    const refused = await functions.say(second, 'login', { user });
    expect([refused.status, refused.body.holders[0].session]).toEqual([409, session]);
    expect((await functions.say(second, 'login', { user, takeOver: true })).status).toBe(201);
    await functions.journal();
    const { status, body } = await functions.say(first, 'activity', { session });
    expect([status, body.reason, body.endedBy]).toEqual([410, 'taken-over', `station:${second.id}`]);
  });
});
