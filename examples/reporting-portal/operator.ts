/**
 * The operator's side of Curfew's API: it registers the applications, shows where their sessions stand and lets the admin
 * console end one. A web application has no need of it: what it must know is in the answers to its own station.
 */
import { Unreachable } from '../../lib/client/station.ts';

export interface StationEntry {
  readonly id: string;
  readonly name: string;
  readonly location: string;
}

export interface SessionView {
  readonly session: string;
  readonly user: string;
  readonly station: string;
  readonly rung: Rung;
  readonly openedAt: string;
  readonly activeAt: string;
  readonly heardAt: string;
  /** Only where it was made anew. */
  readonly loggedOnAt?: string;
  readonly previous?: string;
}

export const RUNGS = ['active', 'lingering', 'failover', 'remembered', 'ended'] as const;
export type Rung = (typeof RUNGS)[number];

export interface SessionInFull extends SessionView {
  readonly rung: Exclude<Rung, 'ended'>;
  readonly deadlines: { readonly lingerAt?: string; readonly maximumAt: string; readonly rememberedUntil?: string };
  readonly timeline: readonly { readonly rung: Rung; readonly from: string; readonly until?: string }[];
}

export interface EndedSession {
  readonly session: string;
  readonly rung: 'ended';
  readonly endedAt: string;
  readonly reason: string;
}

/** Lengths in milliseconds; 0 where a rung is off. */
export interface Lengths {
  readonly idle: number;
  readonly ping: number;
  readonly lease: number;
  readonly failover: number;
  readonly logonToken: number;
}

export type Operator = ReturnType<typeof createOperator>;

export function createOperator({ url, key, realm }: { url: string; key: string; realm: string }) {
  return { realm, register, lengths, look, ofUser, counted, end };

  /** Resolves to the station's key. */
  async function register({ id, name, location }: StationEntry): Promise<string> {
    const record = { realm, kind: 'application', name, location, reportsActivity: true };
    await call('PUT', `/v1/stations/${id}`, record);
    const { body } = await call('POST', `/v1/stations/${id}/key`);
    return (body as { key: string }).key;
  }

  async function lengths(): Promise<Lengths> {
    const { body } = await call('GET', `/v1/realms/${realm}`);
    const { policy } = body as { policy: Record<keyof Lengths, string> };
    return {
      idle: milliseconds(policy.idle),
      ping: milliseconds(policy.ping),
      lease: milliseconds(policy.lease),
      failover: milliseconds(policy.failover),
      logonToken: milliseconds(policy.logonToken),
    };
  }

  /** `undefined` also for a moment after it has given way to another, until history knows how it ended. */
  async function look(session: string): Promise<SessionInFull | EndedSession | undefined> {
    const { status, body } = await call('GET', `/v1/sessions/${encodeURIComponent(session)}`, undefined, 404, 410);
    return status === 404 ? undefined : (body as SessionInFull | EndedSession);
  }

  /** Those that have not ended, on whichever rung. */
  async function ofUser(user: string): Promise<readonly SessionInFull[]> {
    const { body } = await call('GET', `/v1/realms/${realm}/users?limit=1&user=${encodeURIComponent(user)}`);
    return (body as { seats: SessionInFull[] }).seats;
  }

  /** Those that hold a seat, active or lingering; the first hundred. */
  async function counted(): Promise<readonly SessionView[]> {
    const { body } = await call('GET', `/v1/sessions?realm=${realm}`);
    return (body as { sessions: SessionView[] }).sessions;
  }

  async function end(session: string, reason: string): Promise<void> {
    await call('DELETE', `/v1/sessions/${encodeURIComponent(session)}`, { reason });
  }

  async function call(method: string, path: string, body?: object, ...alsoFine: readonly number[]) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error) => {
      throw new Unreachable(`${method} ${path}: no answer from ${url}`, error);
    });
    const text = await response.text();
    if (response.ok || alsoFine.includes(response.status)) {
      return { status: response.status, body: JSON.parse(text) as unknown };
    }
    throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
  }
}

/** `PT1M30S`, as Curfew writes lengths; 0 for `off`. */
function milliseconds(length: string): number {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(length) ?? [];
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}
