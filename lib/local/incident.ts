/**
 * The crashed printer, replayed in real time over the HTTP API alone: a user is logged in at a printer that falls silent,
 * is told at another one who, where and until when, and gets in there at that instant.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BusEvent } from './bus.ts';
import { type EventReader, readEvents } from './event-reader.ts';
import { DEMO_REALM as REALM } from './realms.ts';

const PRINTERS = {
  A: { id: 'incident-a', name: 'Printer A', location: '1st floor' },
  B: { id: 'incident-b', name: 'Printer B', location: '2nd floor' },
};
type Printer = keyof typeof PRINTERS;

/** A step did not go as it should. The message says what was expected and what came. */
export class Deviation extends Error {
  override readonly name = 'Deviation';
}

interface Answer {
  readonly status: number;
  readonly retryAfter: number;
  readonly body: Body;
}

/** What these steps read of the API's answers. */
interface Body {
  readonly session?: string;
  readonly outcome?: string;
  readonly rung?: string;
  readonly epoch?: number;
  readonly openedAt?: string;
  readonly heldUntil?: string;
  readonly freeAt?: string;
  readonly bound?: string;
  readonly reason?: string;
  readonly endedAt?: string;
  readonly key?: string;
  readonly takeOver?: string;
  readonly holders?: readonly Body[];
  readonly seats?: readonly Body[];
  readonly history?: readonly Body[];
  readonly station?: string;
  readonly name?: string;
  readonly location?: string;
  readonly heardAt?: string;
}

/** Takes some 15 s. Throws a `Deviation` at the first step that is not as it should be. */
export async function replay(
  { url, operatorKey }: { readonly url: string; readonly operatorKey: string },
  print: (line: string) => void,
): Promise<void> {
  const events = await readEvents(url, operatorKey);
  const api = connect(url, operatorKey);
  try {
    const say = await api.installPrinters();
    const user = `ana-${new Date().toTimeString().slice(0, 8).replaceAll(':', '')}`;
    await act({ operator: api.operator, say, events, user, ...chronicle(print) });
    print('\nThe seat came free by arithmetic alone, at the instant that the user had been told.');
  } finally {
    events.close();
    await api.removePrinters();
  }
}

interface Scene extends Chronicle {
  readonly operator: Api['operator'];
  readonly say: Awaited<ReturnType<Api['installPrinters']>>;
  readonly events: EventReader;
  readonly user: string;
}

async function act(scene: Scene): Promise<void> {
  const a = await logsInAtA(scene);
  await isToldAtB(scene, a);
  const b = await getsInAtB(scene, a);
  await isAnnounced(scene, a, b);
  await aWakesUp(scene, a, b);
  await scene.say('B', 'logout', { session: b.session });
}

async function logsInAtA({ say, user, note, at }: Scene): Promise<Body> {
  const login = await say('A', 'login', { user });
  const a = login.body;
  expect('the login at A', login, login.status === 201 && a.rung === 'active', '201 and an open session');
  note(`${user} logs in at A`, `201: until ${at(a.heldUntil)} unless A is heard of; bound ${boundOf(a) / 1000} s`);
  note('A crashes and says nothing any more');
  return a;
}

async function isToldAtB({ say, user, note, at }: Scene, a: Body): Promise<void> {
  await sleep(3_000);
  const login = await say('B', 'login', { user });
  const holder = login.body.holders?.[0] ?? {};
  const { id: station, name, location } = PRINTERS.A;
  const { session, openedAt, heardAt, freeAt } = a;
  const expected = { session, station, name, location, openedAt, heardAt, freeAt };
  const saysAll = Object.entries(expected).every(([field, value]) => holder[field as keyof Body] === value);
  const isRefused = login.status === 409 && saysAll;
  expect(
    'the login at B',
    login,
    isRefused,
    `409 with who, where, since when, until when: ${JSON.stringify(expected)}`,
  );
  const wait = (instant(freeAt) - Date.now()) / 1000;
  expect('its Retry-After', login, Math.abs(login.retryAfter - wait) <= 1, `about ${wait.toFixed(0)} s`);
  expect('its freeAt', login, instant(freeAt) - instant(heardAt) <= boundOf(a), 'within the bound');
  note(`${user} tries to log in at B`, `409: at ${name}, ${location}, since ${at(openedAt)},`);
  note('', `     last heard of ${at(heardAt)}, free at ${at(freeAt)} at the latest`);
}

async function getsInAtB({ say, user, note, at }: Scene, a: Body): Promise<Body> {
  await until(instant(a.freeAt) - 500);
  const early = await say('B', 'login', { user });
  expect('a login at B before that instant', early, early.status === 409, '409');
  note('again, half a second too early', `409: free at ${at(early.body.holders?.[0]?.freeAt)}`);

  await until(instant(a.freeAt));
  const login = await say('B', 'login', { user });
  const b = login.body;
  const isNewer = (b.epoch ?? 0) > (a.epoch ?? 0);
  expect('the login at B at that instant', login, login.status === 201 && isNewer, '201 with a larger epoch');
  const lateMs = instant(b.openedAt) - instant(a.heardAt) - boundOf(a);
  expect('its openedAt', login, lateMs <= 1_000, 'not a second later than the bound');
  note('again, at that instant', `201: B has the seat ${Math.max(0, lateMs)} ms after the bound`);
  return b;
}

async function isAnnounced({ operator, events, user, note, at }: Scene, a: Body, b: Body): Promise<void> {
  const ended = await events.find(isEndOf(a), 5_000);
  const isLease = ended?.detail.reason === 'lease' && ended.detail.endedAt === a.heldUntil;
  expect('the bus', ended, isLease, `session.ended of A, reason lease, at ${a.heldUntil}`);
  note('the bus announces the end of A', `session.ended: ${ended?.detail.reason}, at ${at(a.heldUntil)}`);
  const opened = await events.find(({ detail }) => detail.session === b.session, 5_000);
  expect('the bus', opened, opened?.['detail-type'] === 'session.opened', 'session.opened of B');

  const told = await operator('GET', `/v1/realms/${REALM}/users/${user}`);
  const past = told.body.history?.[0];
  const showsBoth =
    told.body.seats?.[0]?.session === b.session && past?.session === a.session && past?.reason === 'lease';
  expect('the history', told, showsBoth, 'the session at B as open and the one at A as ended');
  note('the history shows both', `B open since ${at(b.openedAt)}; A ended ${at(past?.endedAt)}, ${past?.reason}`);
}

async function aWakesUp({ operator, say, events, user, note, at }: Scene, a: Body, b: Body): Promise<void> {
  for (const [which, body] of [
    ['of its session', { user, session: a.session }],
    ['of whoever is there', {}],
  ] as const) {
    const logout = await say('A', 'logout', body);
    const endsNothing = logout.status === 200 && logout.body.outcome !== 'ended';
    expect('a late logout from A', logout, endsNothing, '200 with an outcome that is not "ended"');
    note(`a logout ${which} arrives from A`, `200: ${logout.body.outcome}`);
  }
  const ended = await events.find(isEndOf(b), 1_000);
  expect('the bus', ended, ended === undefined, 'silent about the session at B');
  const now = await operator('GET', `/v1/sessions/${b.session}`);
  const isUntouched = now.status === 200 && now.body.heldUntil === b.heldUntil;
  expect('the session at B', now, isUntouched, `open until ${b.heldUntil}, as before`);
  note('it changed nothing', `B is ${now.body.rung} until ${at(now.body.heldUntil)}`);
}

const isEndOf =
  ({ session }: Body) =>
  (event: BusEvent): boolean =>
    event['detail-type'] === 'session.ended' && event.detail.session === session;

interface Chronicle {
  /** Prints what happened, with the time since the beginning, and what came of it. */
  readonly note: (what: string, came?: string) => void;
  /** An instant as seconds since the beginning. */
  readonly at: (text: string | undefined) => string;
}

function chronicle(print: (line: string) => void): Chronicle {
  const startedAt = Date.now();
  const seconds = (at: number) => ((at - startedAt) / 1000).toFixed(2);
  return {
    note: (what, came = '') => print(`${seconds(Date.now()).padStart(7)} s  ${what.padEnd(44)}  ${came}`.trimEnd()),
    at: (text) => `${seconds(instant(text))} s`,
  };
}

const instant = (text: string | undefined): number => Date.parse(text ?? '');

function expect(what: string, came: unknown, holds: boolean, expected: string): void {
  if (!holds) throw new Deviation(`${what} should be ${expected}, but is ${JSON.stringify(came, undefined, 2)}`);
}

/** Sleeps to an instant, and not a millisecond less. */
async function until(instant: number): Promise<void> {
  while (Date.now() < instant) await sleep(Math.max(1, instant - Date.now()));
}

/** The published bound, an ISO 8601 duration such as `PT12S`, in milliseconds. */
function boundOf({ bound = '' }: Body): number {
  const [, hours = 0, minutes = 0, seconds = 0] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(bound) ?? [];
  return (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
}

type Api = ReturnType<typeof connect>;

function connect(url: string, operatorKey: string) {
  async function call(key: string, method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const retryAfter = Number(response.headers.get('retry-after'));
    return { status: response.status, retryAfter, body: (await response.json().catch(() => ({}))) as Body };
  }
  const operator = (method: string, path: string, body?: object) => call(operatorKey, method, path, body);
  return {
    operator,
    /** Resolves to what lets the printers speak. */
    async installPrinters() {
      const keys: Partial<Record<Printer, string>> = {};
      for (const [printer, { id, name, location }] of Object.entries(PRINTERS) as [Printer, typeof PRINTERS.A][]) {
        const record = { realm: REALM, kind: 'hosted', name, location, reportsActivity: false };
        await operator('PUT', `/v1/stations/${id}`, record);
        const issued = await operator('POST', `/v1/stations/${id}/key`);
        expect(`the key of ${name}`, issued, issued.status === 201, '201');
        keys[printer] = issued.body.key ?? '';
      }
      return (printer: Printer, event: string, body: object) =>
        call(keys[printer] ?? '', 'POST', `/v1/stations/${PRINTERS[printer].id}/${event}`, body);
    },
    async removePrinters() {
      for (const { id } of Object.values(PRINTERS)) await operator('DELETE', `/v1/stations/${id}`);
    },
  };
}
