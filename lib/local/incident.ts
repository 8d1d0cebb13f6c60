/**
 * The crashed printer, replayed in real time over the HTTP API alone: a user is logged in at a printer that falls silent,
 * is told at another one who, where and until when, and gets in there at that instant.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, createStationClient, type Open, type StationClient } from '../client/station.ts';
import { withMoments } from '../command/moments.ts';
import { systemClock } from '../time.ts';
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

/** What these steps read of the operators' answers. */
interface Body {
  readonly session?: string;
  readonly rung?: string;
  readonly heldUntil?: string;
  readonly reason?: string;
  readonly endedAt?: string;
  readonly key?: string;
  readonly seats?: readonly Body[];
  readonly history?: readonly Body[];
  readonly health?: { readonly state?: string; readonly why?: string };
}

/** Takes some 15 s. Throws a `Deviation` at the first step that is not as it should be. */
export async function replay(
  { url, operatorKey }: { readonly url: string; readonly operatorKey: string },
  print: (line: string) => void,
): Promise<void> {
  const events = await readEvents(url, operatorKey);
  const api = connect(url, operatorKey);
  try {
    const printers = await api.installPrinters();
    const user = `ana-${new Date().toTimeString().slice(0, 8).replaceAll(':', '')}`;
    const why = await act({ operator: api.operator, printers, events, user, ...chronicle(print) });
    print('\nThe seat came free by arithmetic alone, at the instant that the user had been told.');
    print(
      `And nobody had to search for the printer (npx curfew stations list --health):\n${PRINTERS.A.name}: red: ${withMoments(why, { now: systemClock() })}`,
    );
  } finally {
    events.close();
    await api.removePrinters();
  }
}

interface Scene extends Chronicle {
  readonly operator: Api['operator'];
  readonly printers: Readonly<Record<Printer, StationClient>>;
  readonly events: EventReader;
  readonly user: string;
}

/** Why the crashed printer was found. */
async function act(scene: Scene): Promise<string> {
  const a = await logsInAtA(scene);
  await isToldAtB(scene, a);
  const b = await getsInAtB(scene, a);
  await isAnnounced(scene, a, b);
  const why = await isFound(scene);
  await aWakesUp(scene, a, b);
  await scene.printers.B.logout(b);
  return why;
}

async function logsInAtA({ printers, user, note, at }: Scene): Promise<Open> {
  const a = opened('the login at A', await printers.A.login(user));
  note(`${user} logs in at A`, `201: until ${at(a.heldUntil)} unless A is heard of; bound ${boundOf(a) / 1000} s`);
  note('A crashes and says nothing any more');
  return a;
}

async function isToldAtB({ printers, user, note, at }: Scene, a: Open): Promise<void> {
  await sleep(3_000);
  const login = await printers.B.login(user);
  const { id: station, name, location } = PRINTERS.A;
  const { session, openedAt, heardAt, freeAt } = a;
  const expected = { session, station, name, location, openedAt, heardAt, freeAt };
  const saysAll =
    login.is === 'refused' &&
    Object.entries(expected).every(([field, value]) => login.holders[0]?.[field as keyof typeof expected] === value);
  const which = 'the login at B';
  expect(which, login, saysAll, `409 with who, where, since when, until when: ${JSON.stringify(expected)}`);
  if (login.is !== 'refused') return;
  const waitMs = instant(freeAt) - Date.now();
  const isSoon = Math.abs(login.retryAfterMs - waitMs) <= 1_000;
  expect('its Retry-After', login, isSoon, `about ${(waitMs / 1_000).toFixed(0)} s`);
  expect('its freeAt', login, instant(freeAt) - instant(heardAt) <= boundOf(a), 'within the bound');
  note(`${user} tries to log in at B`, `409: at ${name}, ${location}, since ${at(openedAt)},`);
  note('', `     last heard of ${at(heardAt)}, free at ${at(freeAt)} at the latest`);
  note('its panel shows', `     ${login.sentence}`);
}

async function getsInAtB({ printers, user, note, at }: Scene, a: Open): Promise<Open> {
  await until(instant(a.freeAt) - 500);
  const early = await printers.B.login(user);
  expect('a login at B before that instant', early, early.is === 'refused', 'refused');
  note('again, half a second too early', `409: free at ${at(early.is === 'refused' ? early.freeAt : undefined)}`);

  await until(instant(a.freeAt));
  const b = opened('the login at B at that instant', await printers.B.login(user));
  expect('its epoch', b, b.epoch > a.epoch, `larger than ${a.epoch}`);
  const lateMs = instant(b.openedAt) - instant(a.heardAt) - boundOf(a);
  expect('its openedAt', b, lateMs <= 1_000, 'not a second later than the bound');
  note('again, at that instant', `201: B has the seat ${Math.max(0, lateMs)} ms after the bound`);
  return b;
}

function opened(what: string, login: Answer): Open {
  const isOpened = login.is === 'open' && login.outcome === 'opened' && login.rung === 'active';
  if (isOpened) return login;
  throw deviation(what, login, 'an open session');
}

async function isAnnounced({ operator, events, user, note, at }: Scene, a: Open, b: Open): Promise<void> {
  const ended = await events.find(isEndOf(a), 5_000);
  const isLease = ended?.detail.reason === 'lease' && ended.detail.endedAt === a.heldUntil;
  expect('the bus', ended, isLease, `session.ended of A, reason lease, at ${a.heldUntil}`);
  note('the bus announces the end of A', `session.ended: ${ended?.detail.reason}, at ${at(a.heldUntil)}`);
  const opened = await events.find(({ detail }) => detail.session === b.session, 5_000);
  expect('the bus', opened, opened?.['detail-type'] === 'session.opened', 'session.opened of B');

  const told = await operator('GET', `/v1/realms/${REALM}/users?user=${user}`);
  const past = told.body.history?.[0];
  const showsBoth =
    told.body.seats?.[0]?.session === b.session && past?.session === a.session && past?.reason === 'lease';
  expect('the history', told, showsBoth, 'the session at B as open and the one at A as ended');
  note('the history shows both', `B open since ${at(b.openedAt)}; A ended ${at(past?.endedAt)}, ${past?.reason}`);
}

/** Among all stations, the one that crashed is red, by name: as soon as its lease is over. */
async function isFound({ operator, user, note }: Scene): Promise<string> {
  const { body } = await operator('GET', `/v1/stations/${PRINTERS.A.id}/health`);
  const { state, why = '' } = body.health ?? {};
  expect('the health of A', body, state === 'red' && why.includes(user), `red, with ${user} in it`);
  note('the list of stations has found A', `red: its session of ${user} was not ended there, and it is silent`);
  return why;
}

async function aWakesUp({ operator, printers, events, user, note, at }: Scene, a: Open, b: Open): Promise<void> {
  for (const [which, said] of [
    ['of its session', { user, session: a.session }],
    ['of whoever is there', {}],
  ] as const) {
    const { outcome } = await printers.A.logout(said);
    expect('a late logout from A', outcome, outcome !== 'ended', 'an outcome that is not "ended"');
    note(`a logout ${which} arrives from A`, `200: ${outcome}`);
  }
  const ended = await events.find(isEndOf(b), 1_000);
  expect('the bus', ended, ended === undefined, 'silent about the session at B');
  const now = await operator('GET', `/v1/sessions/${b.session}`);
  const isUntouched = now.status === 200 && now.body.heldUntil === b.heldUntil;
  expect('the session at B', now, isUntouched, `open until ${b.heldUntil}, as before`);
  note('it changed nothing', `B is ${now.body.rung} until ${at(now.body.heldUntil)}`);
}

const isEndOf =
  ({ session }: Open) =>
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
  if (!holds) throw deviation(what, came, expected);
}

const deviation = (what: string, came: unknown, expected: string): Deviation =>
  new Deviation(`${what} should be ${expected}, but is ${JSON.stringify(came, undefined, 2)}`);

/** Sleeps to an instant, and not a millisecond less. */
async function until(instant: number): Promise<void> {
  while (Date.now() < instant) await sleep(Math.max(1, instant - Date.now()));
}

/** The published bound, an ISO 8601 duration such as `PT12S`, in milliseconds. */
function boundOf({ bound }: Open): number {
  const [, hours = 0, minutes = 0, seconds = 0] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(bound) ?? [];
  return (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
}

type Api = ReturnType<typeof connect>;

function connect(url: string, operatorKey: string) {
  async function operator(method: string, path: string, body?: object) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json().catch(() => ({}))) as Body };
  }

  async function install({ id: station, name, location }: (typeof PRINTERS)[Printer]): Promise<StationClient> {
    await operator('PUT', `/v1/stations/${station}`, { realm: REALM, kind: 'hosted', name, location });
    const issued = await operator('POST', `/v1/stations/${station}/key`);
    expect(`the key of ${name}`, issued, issued.status === 201, '201');
    return createStationClient({ url, station, key: issued.body.key ?? '' });
  }

  return {
    operator,
    async installPrinters() {
      const [A, B] = await Promise.all([install(PRINTERS.A), install(PRINTERS.B)]);
      return { A, B };
    },
    async removePrinters() {
      for (const { id } of Object.values(PRINTERS)) await operator('DELETE', `/v1/stations/${id}`);
    },
  };
}
