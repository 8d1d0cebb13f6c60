/** A Curfew that answers as it is told to, and a client of it in a time of its own. */
import { createStationClient, type StationClientOptions } from '../../lib/client/station.ts';
import { VirtualTime } from './virtual-time.ts';

export interface Scripted {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** The connection ends without an answer. */
export const LOST = 'lost';

export interface Asked {
  readonly url: string;
  readonly at: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As it was sent. */
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export const OPEN = {
  outcome: 'opened',
  session: 's1',
  user: 'ana',
  realm: 'print',
  rung: 'active',
  heardAt: '2026-11-22T14:00:00.000Z',
  heldUntil: '2026-11-22T14:05:00.000Z',
  freeAt: '2026-11-22T14:05:02.000Z',
  bound: 'PT5M2S',
  boundWithJob: 'PT30M2S',
};
export const opened = (changes: object = {}): Scripted => ({ status: 201, body: { ...OPEN, ...changes } });
export const renewed = (changes: object = {}): Scripted => ({
  status: 200,
  body: { ...OPEN, outcome: 'renewed', ...changes },
});
export const problem = (status: number, kind: string, members: object = {}, headers = {}): Scripted => ({
  status,
  body: { type: `urn:curfew:problem:${kind}`, title: kind, status, detail: `why ${kind}`, ...members },
  headers,
});

/** Answers in this order, the last one for ever; each may depend on what was asked. */
export function curfew(script: readonly (Scripted | typeof LOST)[], options: Partial<StationClientOptions> = {}) {
  const time = new VirtualTime();
  const asked: Asked[] = [];
  const answers = [...script];
  const fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const text = String(init.body);
    const headers = init.headers as Record<string, string>;
    asked.push({ url: String(url), at: time.now, headers, text, body: JSON.parse(text) });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === undefined || answer === LOST) throw new TypeError('fetch failed');
    const { status, body = {}, headers: given = {} } = answer;
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers: given });
  };
  const station = createStationClient({
    url: 'https://curfew.test/',
    station: 'lib-1',
    key: 'curfew_1_key',
    fetch,
    clock: time.clock,
    wait: time.wait,
    random: () => 0.5,
    ...options,
  });
  return {
    station,
    asked,
    time,
    next: (...more: readonly (Scripted | typeof LOST)[]) => void answers.splice(0, answers.length, ...more),
  };
}
