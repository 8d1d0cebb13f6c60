/**
 * Users who log in at a station of the local system, ping and log out, and note what they were told: it must be true
 * afterwards, whatever happened to the system in between.
 */
import { Agent, request } from 'node:http';
import { openEvents } from '../../lib/local/event-reader.ts';
import { STATION, type System } from './system.ts';

/** One session: a login, so many pings, a logout. */
const PINGS = 3;
export const EVENTS_A_SESSION = PINGS + 2;

export interface Answer {
  /** 0 where there was none. */
  readonly status: number;
  readonly ms: number;
  /** When it was sent, by `performance.now()`. */
  readonly at: number;
}

/** A session that was acknowledged. */
export interface Told {
  readonly session: string;
  /** Whether its logout was acknowledged too; `undefined` where nobody knows. */
  isEnded: boolean | undefined;
  /** When that was, by `performance.now()`. */
  endedAt?: number;
}

export interface Users {
  readonly answers: Answer[];
  readonly told: Told[];
  /** What was neither done nor refused for want of means. */
  readonly surprises: string[];
  /** One event of one of so many who never meet; resolves once it is answered, or will never be. */
  step(worker: number): Promise<void>;
  close(): void;
}

interface Life {
  readonly user: string;
  pings: number;
  told?: Told;
}

const PATIENCE_MS = 10_000;

export function usersOf(system: System): Users {
  const agent = new Agent({ keepAlive: true });
  const lives = new Map<number, Life>();
  const users: Users = { answers: [], told: [], surprises: [], step, close: () => agent.destroy() };
  let born = 0;
  return users;

  async function step(worker: number): Promise<void> {
    const life = lives.get(worker) ?? bear(worker);
    if (life.told === undefined) return login(worker, life);
    if (life.pings < PINGS) return ping(worker, life, life.told);
    return logout(worker, life.told);
  }

  function bear(worker: number): Life {
    born += 1;
    const life = { user: `user-${worker}-${born}`, pings: 0 };
    lives.set(worker, life);
    return life;
  }

  async function login(worker: number, life: Life): Promise<void> {
    const { status, body } = await say('login', { user: life.user });
    // Whether it was done nobody knows: this user is not seen again.
    if (status !== 201) return leave(worker, status, 'a login');
    life.told = { session: String(body.session), isEnded: false };
    users.told.push(life.told);
  }

  async function ping(worker: number, life: Life, { session }: Told): Promise<void> {
    life.pings += 1;
    const { status } = await say('ping', { session });
    if (status !== 200) leave(worker, status, 'a ping');
  }

  async function logout(worker: number, told: Told): Promise<void> {
    told.isEnded = undefined;
    const { status } = await say('logout', { session: told.session });
    lives.delete(worker);
    if (status !== 200) return leave(worker, status, 'a logout');
    told.isEnded = true;
    told.endedAt = performance.now();
  }

  function leave(worker: number, status: number, what: string): void {
    lives.delete(worker);
    if (status !== 0 && status !== 503) users.surprises.push(`${what} was answered ${status}`);
  }

  async function say(event: string, body: object) {
    const at = performance.now();
    const answer = await post(`/v1/stations/${STATION}/${event}`, body);
    users.answers.push({ status: answer.status, ms: performance.now() - at, at });
    return answer;
  }

  function post(path: string, body: object): Promise<{ status: number; body: Readonly<Record<string, unknown>> }> {
    return new Promise((resolve) => {
      const none = () => resolve({ status: 0, body: {} });
      const headers = { authorization: `Bearer ${system.stationKey}`, 'content-type': 'application/json' };
      const asking = request(`${system.url}${path}`, { method: 'POST', agent, headers, timeout: PATIENCE_MS });
      asking.once('timeout', () => asking.destroy());
      asking.once('error', none);
      asking.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.once('error', none);
        response.once('close', () => {
          if (!response.complete) return none();
          resolve({ status: response.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : {} });
        });
      });
      asking.end(JSON.stringify(body));
    });
  }
}

export interface Announced {
  /** By session, when its opening and its end were first heard, by `performance.now()`. */
  readonly opened: ReadonlyMap<string, number>;
  readonly ended: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Follows the local bus over every restart. */
export function followAnnouncements(system: System): Announced {
  const stopping = new AbortController();
  const opened = new Map<string, number>();
  const ended = new Map<string, number>();
  let since = 0;
  const follow = async () => {
    const { url, operatorKey } = system;
    for await (const { number, event } of await openEvents({ url, operatorKey, since, signal: stopping.signal })) {
      since = number;
      const seen = { 'session.opened': opened, 'session.ended': ended }[event['detail-type']];
      const session = String(event.detail.session);
      if (seen?.has(session) === false) seen.set(session, performance.now());
    }
  };
  const following = (async () => {
    // Nobody is there while the system is down.
    while (!stopping.signal.aborted) await follow().catch(() => new Promise((resolve) => setTimeout(resolve, 50)));
  })();
  return {
    opened,
    ended,
    stop: () => {
      stopping.abort();
      return following;
    },
  };
}

export interface Verdict {
  /** Sessions that were looked at. */
  readonly looked: number;
  /** Of these, what was acknowledged and is not so. */
  readonly lost: readonly string[];
  /** Of all that was acknowledged, what the bus never said. */
  readonly silent: readonly string[];
}

/** How long the bus may take for what is left once nobody says anything any more. */
const SILENT_AFTER_MS = 60_000;
const LOOKS_AT_ONCE = 8;

/** Holds what was told against what is so, for these sessions, and against what was announced, for all. */
export async function verdictOn(
  { url, operatorKey }: System,
  { told }: Users,
  looked: readonly Told[],
  announced: Announced,
): Promise<Verdict> {
  const unsaid = () =>
    told.filter(
      ({ session, isEnded }) => !announced.opened.has(session) || (isEnded === true && !announced.ended.has(session)),
    );
  const last = performance.now() + SILENT_AFTER_MS;
  while (unsaid().length > 0 && performance.now() < last) await new Promise((resolve) => setTimeout(resolve, 250));

  const lost: string[] = [];
  const queue = [...looked];
  const look = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const { session, isEnded } = next;
      const answer = await patiently(`${url}/v1/sessions/${session}`, operatorKey);
      const body = (await answer.json()) as { reason?: string };
      const isOver = answer.status === 410 && body.reason === 'logout';
      const isLive = answer.status === 200;
      const isTrue = isEnded === undefined ? isOver || isLive : isEnded ? isOver : isLive;
      if (!isTrue) lost.push(`${session}: ${answer.status} ${JSON.stringify(body)}`);
    }
  };
  await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, look));
  return { looked: looked.length, lost, silent: unsaid().map(({ session }) => session) };
}

/** On a busy machine some are sent away for want of time, and asked to come again. */
async function patiently(url: string, operatorKey: string): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${operatorKey}` } });
    if (answer.status !== 503 || tries === 20) return answer;
    await answer.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** @param share from 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
