/** What a station's client sends, how it proves who it is, and how long it tries. */
import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { createStationClient, Misused, Unreachable } from '../../lib/client/station.ts';
import { type Asked, curfew, LOST, OPEN, opened, problem, renewed } from './scripted-curfew.ts';

const SECRET = Buffer.from('a secret of thirty-two bytes, no less');
const SIGNING = { key: `whsec_${SECRET.toString('base64')}` };

const only = ([one, ...others]: readonly Asked[]): Asked => {
  if (one === undefined || others.length > 0)
    throw new Error(`${one === undefined ? 0 : others.length + 1} deliveries`);
  return one;
};

describe('a delivery', () => {
  test('says in its body what has happened, and is one POST with the key', async () => {
    const { station, asked } = curfew([opened()]);
    expect(await station.login('ana', { takeOver: true })).toMatchObject({
      is: 'open',
      session: 's1',
      stateLost: false,
    });
    expect(asked).toMatchObject([
      {
        url: 'https://curfew.test/v1/stations/lib-1/events',
        headers: { authorization: 'Bearer curfew_1_key', 'content-type': 'application/json' },
        body: { type: 'login', user: 'ana', takeOver: true, id: expect.stringMatching(/^[\x21-\x7e]{1,48}$/) },
      },
    ]);
  });

  test.each([
    ['activity', 'activity'],
    ['jobStarted', 'job-started'],
    ['jobEnded', 'job-ended'],
    ['ping', 'ping'],
    ['logout', 'logout'],
  ] as const)('of %s is about the session that it is given, and about nothing else of it', async (method, type) => {
    const { station, asked } = curfew([renewed()]);
    await station[method]({ ...OPEN, is: 'open' } as never);
    expect(asked[0]?.body).toEqual({ type, session: 's1', user: 'ana', id: expect.anything() });
  });

  test.each(['jobStarted', 'jobEnded'] as const)(
    'of %s says which job it is, where that has a name',
    async (method) => {
      const { station, asked } = curfew([renewed()]);
      await station[method]({ session: 's1', job: 'scan-17' });
      await station[method]({ session: 's1' });
      expect(asked.map(({ body }) => body.job)).toEqual(['scan-17', undefined]);
    },
  );

  test('of a boot, and of a logout at the panel, names nobody', async () => {
    const { station, asked } = curfew([{ status: 200, body: { outcome: 'nothing-open' } }]);
    expect(await station.boot()).toEqual({ is: 'left', outcome: 'nothing-open' });
    await station.logout();
    expect(asked.map(({ body }) => Object.keys(body))).toEqual([
      ['type', 'id'],
      ['type', 'id'],
    ]);
  });

  test('says when it happened and which delivery it is, if its sender knows', async () => {
    const { station, asked } = curfew([opened()]);
    await station.login('ana', { occurredAt: Date.parse('2026-11-22T13:59:00Z'), id: 'kept' });
    expect(asked[0]?.body).toMatchObject({ occurredAt: '2026-11-22T13:59:00.000Z', id: 'kept' });
  });

  test('of a gateway names the station for which it speaks, on the path of its own', async () => {
    const { station, asked } = curfew([opened()], { station: 'gate' });
    await station.for('lib-7').login('ana');
    await station.boot().catch(() => {});
    expect(asked.map(({ url }) => url)).toEqual(Array(2).fill('https://curfew.test/v1/stations/gate/events'));
    expect(asked.map(({ body }) => body.station)).toEqual(['lib-7', undefined]);
  });
});

describe('its proof', () => {
  test('of a key that begins with whsec_ is a Standard Webhooks signature', async () => {
    const { station, asked, time } = curfew([opened()], SIGNING);
    await station.login('ana');
    const { headers, text, body } = only(asked);
    const { 'webhook-id': id = '', 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
    expect(timestamp).toBe(String(time.now / 1_000));
    const right = createHmac('sha256', SECRET).update(`${id}.${timestamp}.${text}`).digest('base64');
    expect(signature).toBe(`v1,${right}`);
    expect(headers).not.toHaveProperty('authorization');
    expect(body).not.toHaveProperty('id');
  });

  test('is one that Standard Webhooks’ own library takes', async () => {
    const { station, asked } = curfew([opened()], { ...SIGNING, clock: Date.now });
    await station.login('ana');
    const { text, headers, body } = only(asked);
    expect(new Webhook(SIGNING.key).verify(text, headers)).toEqual(body);
    expect(() => new Webhook(SIGNING.key).verify(`${text} `, headers)).toThrow();
  });

  test('of each try has its own timestamp and the same id', async () => {
    const slow = { status: 503, headers: { 'retry-after': '2' } };
    const inNoTime = async (ms: number) => {
      time.now += ms;
    };
    const { station, asked, time } = curfew([slow, slow, opened()], { ...SIGNING, wait: inNoTime });
    await station.login('ana');
    const differing = (name: string) => new Set(asked.map(({ headers }) => headers[name])).size;
    expect(differing('webhook-id')).toBe(1);
    expect(differing('webhook-timestamp')).toBe(3);
    expect(differing('webhook-signature')).toBe(3);
    expect(new Set(asked.map(({ text }) => text)).size).toBe(1);
  });

  test('may be a name and a password', async () => {
    const { station, asked } = curfew([opened()], { proof: 'basic' });
    await station.login('ana');
    expect(asked[0]?.headers.authorization).toBe(`Basic ${btoa('lib-1:curfew_1_key')}`);
  });

  test.each([
    ['signature', 'curfew_1_key'],
    ['bearer', SIGNING.key],
    [undefined, 'whsec_not base64'],
    [undefined, 'whsec_'],
  ] as const)('of %s is not made of another key', (proof, key) => {
    expect(() =>
      createStationClient({
        url: 'https://curfew.test',
        station: 'lib-1',
        key,
        ...(proof === undefined ? {} : { proof }),
      }),
    ).toThrow(Misused);
  });
});

test.each([{ station: '' }, { key: '' }])('without what it is called with there is no client: %j', (without) => {
  const whole = { url: 'https://curfew.test', station: 'lib-1', key: 'k' };
  expect(() => createStationClient({ ...whole, ...without })).toThrow(Misused);
  expect(() => createStationClient({ ...whole, ...without })).toThrow(`no ${Object.keys(without)} is given`);
});

test('a gateway speaks for no station without a name', () => {
  const gateway = createStationClient({ url: 'https://curfew.test', station: 'gate', key: 'k' });
  expect(() => gateway.for('')).toThrow(Misused);
});

describe('the address', () => {
  const at = (url: string, more: object = {}) => createStationClient({ url, station: 'lib-1', key: 'k', ...more });

  test.each(['curfew.test', 'https://', 'https://[', 'ftp://curfew.test'])(
    '%s is no URL, which is said at once',
    (url) => expect(() => at(url)).toThrow(`"${url}" is no URL`),
  );

  test.each([
    'http://curfew.test',
    'HTTP://10.0.0.7:4600',
    'http://localhost.test',
    'http://127.0.0.1.test',
    'http://ana@curfew.test',
    'http://localhost@curfew.test',
    'http://[::2]',
  ])('%s would show the key to whoever is on the way, and is for those who say so', (url) => {
    expect(() => at(url)).toThrow(Misused);
    expect(() => at(url)).toThrow('is not https');
    expect(() => at(url, { insecure: true })).not.toThrow();
  });

  test.each([
    'https://curfew.test',
    'http://localhost:4600',
    'http://curfew.localhost',
    'http://127.0.0.1:4600/',
    'http://[::1]:4600',
  ])('%s is well', (url) => expect(() => at(url)).not.toThrow());
});

describe('what is not answered is sent again', () => {
  test.each([
    ['nothing comes', LOST],
    ['it is too fast', { status: 429 }],
    ['it came too slowly', { status: 408 }],
    ['it came too early', { status: 425 }],
    ['the table does not answer', problem(503, 'unavailable')],
    ['API Gateway cannot', { status: 504, body: { message: 'Endpoint request timed out' } }],
    ['somebody else answers in its place', { status: 200, body: '<h1>Welcome to this network</h1>' }],
    ['somebody else points elsewhere', { status: 302, body: '', headers: { location: 'https://login.test' } }],
  ] as const)('where %s, with the same id', async (_, first) => {
    const { station, asked, time } = curfew([first, first, opened()]);
    const answer = station.login('ana');
    await time.pass(30_000);
    expect(await answer).toMatchObject({ is: 'open' });
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map(({ body }) => body.id)).size).toBe(1);
  });

  test('after waits that grow and are drawn by lot', async () => {
    const waits = async (random: number) => {
      const { station, time } = curfew([LOST], { random: () => random, giveUpAfterMs: 60_000 });
      const answer = station.login('ana').catch(() => {});
      await time.pass(120_000);
      await answer;
      return time.waited.slice(0, 7);
    };
    expect(await waits(1)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
    expect(await waits(0.5)).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 4_000]);
  });

  test('no sooner than Retry-After says, in seconds or as an instant', async () => {
    const { station, time } = curfew([
      { status: 503, headers: { 'retry-after': '3' } },
      { status: 429, headers: { 'retry-after': 'Sun, 22 Nov 2026 14:00:10 GMT' } },
      opened(),
    ]);
    const answer = station.login('ana');
    await time.pass(30_000);
    await answer;
    expect(time.waited[0]).toBe(3_125);
    expect(time.waited[1]).toBe(10_000 - 3_125 + 250);
  });

  test('until it is time to give up, and no try begins later', async () => {
    const { station, asked, time } = curfew([LOST], { giveUpAfterMs: 5_000 });
    const began = time.now;
    const failed = expect(station.login('ana', { id: 'kept' })).rejects.toMatchObject({
      name: 'Unreachable',
      id: 'kept',
    });
    await time.pass(60_000);
    await failed;
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.at(-1)?.at).toBeLessThanOrEqual(began + 5_000);
  });

  test('and not at all where it is to wait for longer than that', async () => {
    const { station, asked } = curfew([{ status: 503, headers: { 'retry-after': '60' } }]);
    await expect(station.login('ana')).rejects.toThrow(Unreachable);
    expect(asked).toHaveLength(1);
  });

  test('but a ping, for the next one is near', async () => {
    const { station, asked } = curfew([LOST]);
    await expect(station.ping({ session: 's1' })).rejects.toThrow(Unreachable);
    expect(asked).toHaveLength(1);
  });
});

describe('what is refused for the station’s own fault is thrown, and not sent again', () => {
  test.each([
    [400, 'bad-request'],
    [401, 'not-authenticated'],
    [403, 'forbidden'],
    [404, 'no-such-station'],
    [413, 'body-too-large'],
    [415, 'not-json'],
  ])('%d %s', async (status, kind) => {
    const { station, asked } = curfew([problem(status, kind)]);
    await expect(station.activity({ session: 's1' })).rejects.toMatchObject({ name: 'Misused', kind });
    await expect(station.logout()).rejects.toThrow(Misused);
    expect(asked).toHaveLength(2);
  });

  test('and so is a refusal that is none of Curfew’s', async () => {
    const { station } = curfew([{ status: 410, body: '<h1>Gone</h1>' }]);
    await expect(station.activity({ session: 's1' })).rejects.toThrow(Misused);
  });

  test('with how wrong the clock is, where a proof was refused', async () => {
    const { station } = curfew(
      [problem(401, 'not-authenticated', {}, { date: 'Sun, 22 Nov 2026 13:00:00 GMT' })],
      SIGNING,
    );
    await expect(station.login('ana')).rejects.toThrow('the clock here is 3600 s from Curfew’s');
  });
});
