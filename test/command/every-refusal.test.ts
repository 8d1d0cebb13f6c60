/** Every problem that a station can be told, brought about over the real applications, and what `explain` says of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { EVENTS, type Event, operationOfEvent } from '../../lib/http/openapi-operations.ts';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { memoryStations } from '../../lib/memory/stations.ts';
import { type Seats, Unavailable } from '../../lib/service/ports.ts';
import { connectionTo, runCurfew } from '../support/command.ts';
import { createEdge, type Edge, SHARDS } from '../support/edge.ts';

const HOUR = 3_600_000;
const USER = 'vera.meyer';

interface Stage {
  readonly edge: Edge;
  /** Each with a key that is good: two printers of one realm, and a web application of another. */
  readonly printer: Station;
  readonly other: Station;
  readonly portal: Station;
  failWith(error: Error): void;
}
type Station = { readonly id: string; readonly key: string };

let stage: Stage;

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterAll(() => void vi.useRealTimers());
beforeEach(async () => {
  let failure: Error | undefined;
  const seats = memorySeats({ shards: SHARDS });
  const failing: Seats = {
    ...seats,
    write: async (key, attempt) => {
      if (failure !== undefined) throw failure;
      return seats.write(key, attempt);
    },
  };
  const ports = { seats: failing, panels: memoryPanels(), stations: memoryStations(), history: memoryHistory() };
  const edge = createEdge(
    {
      'campus-print': { profile: 'release-station' },
      portal: { profile: 'enterprise', seats: 1 },
    },
    ports,
  );
  stage = {
    edge,
    printer: await edge.register('lib-5', { realm: 'campus-print', kind: 'hosted', name: 'Library 5' }),
    other: await edge.register('lib-1', { realm: 'campus-print', kind: 'hosted', name: 'Library 1' }),
    portal: await edge.register('reports', {
      realm: 'portal',
      kind: 'application',
      name: 'Reports',
      reportsActivity: true,
    }),
    failWith: (error) => {
      failure = error;
    },
  };
});

/** What `curfew explain` prints an hour after. */
async function explained(user: string): Promise<string> {
  stage.edge.later(HOUR);
  vi.setSystemTime(stage.edge.now);
  const connection = connectionTo((method, path, body) => stage.edge.ask(method, path, body));
  const { exit, printed, said } = await runCurfew(connection, ['explain', user]);
  expect({ exit, said }).toEqual({ exit: 0, said: [] });
  return printed;
}

const user = { user: USER };

/** By the kind of problem: how it comes about, and what is said of it. */
const PROBLEMS: Readonly<Record<string, { readonly act: () => Promise<unknown>; readonly said: RegExp }>> = {
  'bad-request': {
    act: () => stage.edge.say(stage.printer, 'login', { ...user, takeOver: 'perhaps' }),
    said: /at Library 5 .* could not be understood: takeOver must be/,
  },
  'body-too-large': {
    act: () => stage.edge.say(stage.printer, 'login', { ...user, more: 'x'.repeat(20_000) }),
    said: /at Library 5 .* could not be understood: body has 20\d+ bytes/,
  },
  'unknown-dialect': {
    act: () => stage.edge.say(stage.printer, 'login', user, 'image/png'),
    said: /at Library 5 .* could not be understood: content-type is "image\/png"/,
  },
  'too-fast': {
    act: async () => {
      for (let n = 0; n < 101; n++) await stage.edge.say(stage.printer, 'login', user);
    },
    said: /at Library 5 .*: it said more than one of its kind can mean/,
  },
  'not-authenticated': {
    act: () => stage.edge.say({ ...stage.printer, key: 'x' }, 'login', user),
    said: /at Library 5 .*: its key is not the one that is registered.*\n.*\n *npx curfew stations key lib-5/,
  },
  'logon-expired': {
    act: async () => {
      const { body } = await stage.edge.say(stage.portal, 'login', user);
      stage.edge.later(25 * HOUR);
      await stage.edge.say(stage.portal, 'activity', { session: body.session });
    },
    said: /at Reports .*\(activity\): its session was over: .* has ended by its deadlines/,
  },
  forbidden: {
    act: async () => {
      const { body } = await stage.edge.say(stage.other, 'login', { user: 'ben' });
      await stage.edge.say(stage.printer, 'ping', { session: body.session, ...user });
      await stage.edge.say(stage.printer, 'login', { ...user, station: 'cp-77' });
    },
    said: /at Library 5 .*: this station does not speak for a station "cp-77"/,
  },
  'seat-taken': {
    act: async () => {
      await stage.edge.say(stage.other, 'login', user);
      await stage.edge.say(stage.printer, 'login', user);
    },
    said: /at Library 5 .*: the seat was taken by a session at Library 1 \(lib-1\), until .*\n.*\n *npx curfew sessions end /,
  },
  'session-ended': {
    act: async () => {
      const { body } = await stage.edge.say(stage.printer, 'login', user);
      await stage.edge.say(stage.printer, 'logout');
      await stage.edge.say(stage.printer, 'ping', { session: body.session });
    },
    said: /at Library 5 .*\(ping\): its session was over: .*logout/,
  },
  'session-invalidated': {
    act: async () => {
      const { body } = await stage.edge.say(stage.portal, 'login', user);
      stage.edge.later(40 * 60_000);
      await stage.edge.say(stage.portal, 'ping', { session: body.session });
    },
    said: /at Reports .*\(ping\): its session was over: this session lost its seat/,
  },
  'no-session': {
    act: () => stage.edge.say(stage.printer, 'activity', user),
    said: /at Library 5 .*\(activity\): no session was open there/,
  },
  'login-overtaken': {
    act: () => stage.edge.say(stage.printer, 'login', { ...user, occurredAt: '2026-11-23T07:00:00Z' }),
    said: /at Library 5 .*: the login came from the past/,
  },
  unexpected: {
    act: async () => {
      stage.failWith(new Error('a defect'));
      await stage.edge.say(stage.printer, 'login', user);
    },
    said: /at Library 5 .*: Curfew itself did not answer/,
  },
  unavailable: {
    act: async () => {
      stage.failWith(new Unavailable('seat'));
      await stage.edge.say(stage.printer, 'login', user);
    },
    said: /at Library 5 .*: Curfew itself did not answer: seat does not answer/,
  },
};

test('every problem that a station can be told is among those below', () => {
  const told = (Object.keys(EVENTS) as Event[]).flatMap(
    (event) => operationOfEvent('POST /v1/stations/{station}/{event}', event).problems ?? [],
  );
  // Those that any station can be told, and none of what it says is at fault.
  const kinds = new Set([...told, 'unexpected', 'unavailable']);
  expect([...kinds].sort()).toEqual(Object.keys(PROBLEMS).sort());
});

test.each(Object.keys(PROBLEMS))('explain names what a station was told an hour ago: %s', async (kind) => {
  const problem = PROBLEMS[kind];
  await problem?.act();
  expect(await explained(USER)).toMatch(problem?.said ?? /never/);
});

describe('a station that does not prove who it is', () => {
  const say = (headers: Record<string, string>, id = 'lib-5', rest = 'login') =>
    stage.edge.call({
      method: 'POST',
      url: `/v1/stations/${id}/${rest}`,
      headers: { 'content-type': 'application/json', ...headers },
      body: Buffer.from(JSON.stringify(user)),
    });
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const change = (entry: object) =>
    stage.edge.ask('PUT', '/v1/stations/lib-5', { realm: 'campus-print', kind: 'hosted', name: 'Library 5', ...entry });
  const signature = `v1,${'A'.repeat(43)}=`;
  const signed = (at: number) => ({
    'webhook-id': 'd-1',
    'webhook-timestamp': String(Math.floor(at / 1_000)),
    'webhook-signature': signature,
  });

  test.each<[what: string, act: () => Promise<unknown>, said: RegExp]>([
    [
      'that has no key any more',
      async () => {
        await stage.edge.ask('DELETE', '/v1/stations/lib-5/key');
        await say(bearer(stage.printer.key));
      },
      /no key of this station is good.*\n.*\n *npx curfew stations key lib-5/,
    ],
    ['that brings nothing', () => say({}), /it brought no key at all/],
    [
      'with a key from before',
      async () => {
        for (const rotate of ['0s', '0s']) await stage.edge.ask('POST', '/v1/stations/lib-5/key', { rotate });
        await say(bearer(stage.printer.key));
      },
      /its key is not the one that is registered, but an older one/,
    ],
    ['with the key of another', () => say(bearer(stage.other.key)), /its key is not the one that is registered, nor/],
    [
      'that signs, though it is registered with a key',
      () => say(signed(stage.edge.now)),
      /in another way than the one in which it is registered/,
    ],
    [
      'whose clock is wrong',
      async () => {
        await change({ proof: 'signature' });
        await say(signed(stage.edge.now - HOUR));
      },
      /a time that is more than five minutes off/,
    ],
    [
      'that signs with something else',
      async () => {
        await change({ proof: 'signature' });
        await say(signed(stage.edge.now));
      },
      /its key is not the one that is registered, nor/,
    ],
    [
      'without its certificate',
      async () => {
        await change({ proof: 'bearer', certificate: 'ab'.repeat(32) });
        await say(bearer(stage.printer.key));
      },
      /it does not bring the certificate that is registered/,
    ],
  ])('%s is told apart', async (_, act, said) => {
    await act();
    expect(await explained(USER)).toMatch(said);
  });

  test('is named to whoever asks of a user that it did not name', async () => {
    await stage.edge.say({ ...stage.printer, key: 'x' }, 'ping');
    const told = await explained('ana');
    expect(told).toMatch(/ana may have stood there:\n\n *Refused at Library 5 \(lib-5\).*its key/);
    expect(told).not.toContain('Nothing keeps ana');
  });
});

test('of a user who was refused nothing nothing is said of refusals', async () => {
  await stage.edge.say(stage.printer, 'login', user);
  expect(await explained(USER)).not.toContain('efused');
});

test('a day later it is forgotten', async () => {
  await PROBLEMS['not-authenticated']?.act();
  stage.edge.later(24 * HOUR);
  expect(await explained(USER)).toContain('Nothing keeps vera.meyer from logging in');
});

test('what cannot be kept changes no answer, and is counted', async () => {
  const edge = createEdge(
    { 'campus-print': { profile: 'release-station' } },
    {
      seats: memorySeats({ shards: SHARDS }),
      panels: memoryPanels(),
      stations: memoryStations(),
      history: memoryHistory(),
      refusals: {
        keep: () => Promise.reject(new Unavailable('refusals')),
        ofUser: async () => [],
        atStation: async () => [],
        unproven: async () => [],
        forget: async () => {},
      },
    },
  );
  const printer = await edge.register('lib-5', { realm: 'campus-print', kind: 'hosted' });
  const told = await edge.say(printer, 'activity', { user: USER });
  expect({ status: told.status, kept: edge.metrics.get('RefusalNotKept') }).toEqual({ status: 410, kept: 1 });
});
