/** A web application of the example, in front of a Curfew that answers as it is told to. */
import { html } from 'hono/html';
import { describe, expect, test } from 'vitest';
import { createApplication } from '../../examples/reporting-portal/application.ts';
import { createStationClient } from '../../lib/client/station.ts';
import { VirtualTime } from '../client/virtual-time.ts';

const ORIGIN = 'http://portal.test';
const PING_EVERY_MS = 1_000;

type Answer = { readonly status: number; readonly body: object };

/** Of the session that was asked about, unless it says otherwise. */
const open = (changes: object = {}): Answer => ({
  status: 200,
  body: { user: 'ana', outcome: 'renewed', stateLost: false, ...changes },
});
const closed = (kind: string, members: object = {}): Answer => ({
  status: 410,
  body: { type: `urn:curfew:problem:${kind}`, detail: 'in full', ...members },
});
const unanswered = (): never => {
  throw new TypeError('fetch failed');
};

/** Curfew's next answers, by event; without one a session is renewed. */
function application() {
  const heard: string[] = [];
  const next: Partial<Record<'login' | 'activity' | 'ping', () => Answer | Promise<Answer>>> = {};
  const time = new VirtualTime();
  const station = createStationClient({
    url: 'https://curfew.test',
    station: 'portal',
    key: 'key',
    giveUpAfterMs: 0,
    clock: time.clock,
    wait: time.wait,
    random: () => 0,
    fetch: async (_, init) => {
      const { type, user, session } = JSON.parse(String(init?.body));
      heard.push(`${type} ${session ?? user}`);
      const { status, body } = await (next[type as keyof typeof next] ?? open)();
      return Response.json({ session: session ?? 's1', ...body }, { status });
    },
  });
  const app = createApplication({
    name: 'Portal',
    neighbour: () => ({ name: 'Console', url: 'http://console.test' }),
    cookie: 'portal',
    station,
    pingEveryMs: PING_EVERY_MS,
    body: ({ draft }) => html`<p>draft: ${draft}</p>`,
    ladder: async () => html`<p>ladder</p>`,
  });
  let cookie = '';
  const ask = async (method: string, path: string, fields?: Record<string, string>, headers: object = {}) => {
    const response = await app.fetch(
      new Request(`${ORIGIN}${path}`, {
        method,
        headers: { origin: ORIGIN, cookie, ...headers },
        ...(fields === undefined ? {} : { body: new URLSearchParams(fields) }),
      }),
    );
    const given = response.headers.getSetCookie()[0];
    if (given !== undefined) cookie = given.split(';')[0] ?? '';
    return { status: response.status, text: await response.text(), given, headers: response.headers };
  };
  const logIn = async () => {
    await ask('POST', '/login', { user: 'ana', password: 'demo' });
    heard.length = 0;
  };
  const ping = () => time.pass(PING_EVERY_MS);
  return { ask, logIn, ping, time, heard, next, cookie: () => cookie };
}

describe('whoever is logged in', () => {
  test('is active with each page, is pinged for in between, and is not by what a page looks up by itself', async () => {
    const { ask, logIn, ping, heard } = application();
    await logIn();
    await ask('GET', '/ladder');
    expect(heard).toEqual([]);
    await ask('GET', '/');
    await ping();
    await ask('POST', '/draft', { draft: 'north' });
    expect(heard).toEqual(['activity s1', 'ping s1', 'activity s1']);
  });

  test('finds what they had half written', async () => {
    const { ask, logIn } = application();
    await logIn();
    await ask('POST', '/draft', { draft: 'north' });
    expect((await ask('GET', '/')).text).toContain('draft: north');
  });

  test('is told at a logout that it is over, and no ping says otherwise', async () => {
    const { ask, logIn, ping, heard, cookie } = application();
    await logIn();
    await ask('POST', '/logout');
    await ping();
    expect(heard).toEqual(['logout s1']);
    expect(cookie()).toBe('portal=');
  });
});

describe('the web session', () => {
  test.each([
    ['its user is idle', open({ outcome: 'lingering' })],
    ['it is over', closed('session-ended')],
  ])('goes with its pings where Curfew says that %s', async (_, answer) => {
    const { ask, logIn, ping, heard, next } = application();
    await logIn();
    await ask('POST', '/draft', { draft: 'north' });
    next.ping = () => answer;
    await ping();
    await ping();
    expect(heard).toEqual(['activity s1', 'ping s1']);
    expect((await ask('GET', '/')).text).not.toContain('north');
  });

  test('stays while Curfew does not answer', async () => {
    const { ask, logIn, ping, heard, next } = application();
    await logIn();
    await ask('POST', '/draft', { draft: 'north' });
    next.ping = unanswered;
    await ping();
    await ping();
    expect(heard).toEqual(['activity s1', 'ping s1', 'ping s1']);
    expect((await ask('GET', '/')).text).toContain('north');
  });

  test('of a user who is back is not dropped by the answer to an earlier ping', async () => {
    const { ask, logIn, ping, time, next } = application();
    await logIn();
    let answerPing = (_: Answer) => {};
    next.ping = () => new Promise((resolve) => (answerPing = resolve));
    await ping();
    next.activity = () => open({ outcome: 'resumed', stateLost: true });
    await ask('POST', '/draft', { draft: 'new' });
    delete next.activity;
    answerPing(open({ outcome: 'lingering' }));
    await time.pass(0);
    expect((await ask('GET', '/')).text).toContain('draft: new');
  });
});

describe('whoever comes back', () => {
  test('to the same session begins with nothing, and is told once', async () => {
    const { ask, logIn, next } = application();
    await logIn();
    await ask('POST', '/draft', { draft: 'north' });
    next.activity = () => open({ outcome: 'resumed', stateLost: true });
    const back = await ask('GET', '/');
    expect(back.text).toContain('You had gone idle. The same session goes on.');
    expect(back.text).not.toContain('north');
    expect(back.given).toBeUndefined();
    delete next.activity;
    expect((await ask('GET', '/')).text).not.toContain('You had gone idle');
  });

  test.each([
    ['made-anew', 'A new one goes on under the same logon'],
    ['logged-on-anew', 'You have been logged on anew without being asked'],
    ['repeated', 'A new one goes on under the same logon'],
  ] as const)('to a session that is %s has another cookie from then on', async (outcome, news) => {
    const { ask, logIn, ping, heard, next } = application();
    await logIn();
    next.activity = () => open({ session: 's2', outcome, stateLost: true });
    const back = await ask('GET', '/');
    expect(back.text).toContain(news);
    expect(back.given).toContain('s2');
    delete next.activity;
    heard.length = 0;
    await ping();
    await ask('GET', '/ladder');
    next.activity = () => open({ session: 's2' });
    await ask('GET', '/');
    expect(heard).toEqual(['ping s2', 'activity s2']);
  });

  test('too late sees which deadlines have passed, when and where, and has no cookie any more', async () => {
    const { ask, logIn, next, cookie } = application();
    await logIn();
    const passed = [{ deadline: 'lease', at: '2026-11-22T14:23:05.000Z' }];
    next.activity = () => closed('session-ended', { name: 'Portal <1>', passed });
    const { status, text } = await ask('GET', '/');
    expect(status).toBe(401);
    expect(text).toContain('Your session at the Portal &lt;1&gt; has ended');
    expect(text).toMatch(/<th>lease<\/th>\s*<td>\d\d:\d\d:05<\/td>/);
    expect(text).toContain('in full');
    expect(cookie()).toBe('portal=');
  });

  test('while Curfew does not answer keeps the cookie and is asked to try again', async () => {
    const { ask, logIn, next, cookie } = application();
    await logIn();
    const before = cookie();
    next.activity = unanswered;
    expect(await ask('GET', '/')).toMatchObject({ status: 503, text: expect.stringContaining('Try again') });
    expect(cookie()).toBe(before);
  });
});

describe('nothing from outside is believed or shown as it came', () => {
  test('a cookie that this application has not signed is none', async () => {
    const { ask, logIn, heard, cookie } = application();
    await logIn();
    const forged = cookie().replace('s1', 's9');
    expect(forged).not.toBe(cookie());
    const { status, headers } = await ask('GET', '/', undefined, { cookie: forged });
    expect([status, headers.get('location')]).toEqual([303, '/login']);
    expect(heard).toEqual([]);
  });

  test('a form of another site is refused', async () => {
    const { ask, logIn, heard } = application();
    await logIn();
    const foreign = { origin: 'http://elsewhere.test', 'sec-fetch-site': 'cross-site' };
    expect((await ask('POST', '/logout', { a: 'b' }, foreign)).status).toBe(403);
    expect(heard).toEqual([]);
  });

  test('a wrong password, or a name that is none, never reaches Curfew', async () => {
    const { ask, heard } = application();
    expect((await ask('POST', '/login', { user: 'ana', password: 'no' })).status).toBe(401);
    expect((await ask('POST', '/login', { user: '<b>', password: 'demo' })).status).toBe(401);
    expect(heard).toEqual([]);
  });

  test('what a user writes is text', async () => {
    const { ask, logIn, next } = application();
    await logIn();
    next.activity = () => open({ user: '<b>ana' });
    await ask('POST', '/draft', { draft: '<script>alert(1)</script>' });
    const { text, headers } = await ask('GET', '/');
    expect(text).toContain('&lt;script&gt;alert(1)');
    expect(text).toContain('&lt;b&gt;ana');
    expect(text).not.toContain('<script>');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('cache-control')).toBe('no-store');
  });
});
