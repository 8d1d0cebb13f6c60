/**
 * A station's side of Curfew's API, for a web application: one file without dependencies, to be copied.
 *
 * What `activity` answers decides what the application does with the request at hand: go on, under the session that the
 * answer names, or show its login page with what the problem says.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Station {
  login(user: string): Promise<Answer>;
  /** The user has done something. Also brings a session back that has lost its seat, as long as it can come back. */
  activity(session: string): Promise<Answer>;
  /** The application still keeps this session's state. `lingering` says that it need not any longer. */
  ping(session: string): Promise<Answer>;
  logout(session: string): Promise<void>;
}

export type Answer = Open | Closed;

export interface Open {
  readonly isOpen: true;
  /** Use this one from now on. It is another than the one that was sent where the session has been made anew. */
  readonly session: string;
  readonly user: string;
  readonly outcome:
    | 'opened'
    | 'renewed'
    | 'resumed'
    | 'made-anew'
    | 'logged-on-anew'
    | 'lingering'
    /** This delivery was heard before: `session` and `stateLost` say what it did then. */
    | 'repeated';
  /** The user has been away for too long: begin with nothing, whatever is still in memory. */
  readonly stateLost: boolean;
}

/** There is no session to go on with: show the login page. */
export interface Closed {
  readonly isOpen: false;
  readonly problem: Problem;
}

/** What a problem document (RFC 9457) of Curfew's says, as far as a web application shows it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  /** For whoever reads logs; of a logon that has run out and of a seat that is taken, for the user too. */
  readonly detail: string;
  /** Of a session that has ended: why, and what the operator who ended it gave as the reason. */
  readonly reason?: string;
  readonly note?: string;
  /** Where the session was, as people know it. */
  readonly name?: string;
  /** Each deadline that it passed, and when. */
  readonly passed?: readonly { readonly deadline: string; readonly at: string }[];
}

/** Curfew did not answer, not even when asked again. The user's session is not at fault: ask them to try again. */
export class CurfewUnavailable extends Error {
  override readonly name = 'CurfewUnavailable';
}

/** Curfew does not let this application speak, or does not understand it: the key, the registration or the code is wrong. */
export class CurfewMisused extends Error {
  override readonly name = 'CurfewMisused';
}

/** A person waits for most answers. */
const ANSWER_WITHIN_MS = 5_000;
const TRIES = 3;
const RETRY_AFTER_MAX_MS = 2_000;

/** The answers to a user who has no session here: everything else that is refused is the application's fault. */
const NO_SESSION = new Set([409, 410]);
const LOGON_EXPIRED = 'urn:curfew:problem:logon-expired';

export function createStation({ url, id, key }: { url: string; id: string; key: string }): Station {
  return {
    login: (user) => tell('login', { user }),
    activity: (session) => tell('activity', { session }),
    // The next ping is near: a lost one is not worth a second try.
    ping: (session) => tell('ping', { session }, 1),
    logout: async (session) => void (await tell('logout', { session })),
  };

  async function tell(event: string, said: object, tries = TRIES): Promise<Answer> {
    // One id for all tries: what the first one did although its answer was lost is not done again.
    const body = JSON.stringify({ ...said, id: randomUUID() });
    for (let left = tries; ; ) {
      const answer = await post(event, body);
      left -= 1;
      if (answer !== undefined && !isPassing(answer.status)) return read(event, answer);
      if (left === 0) throw new CurfewUnavailable(`${event}: ${answer?.status ?? 'no answer'} from ${url}`);
      await sleep(retryAfter(answer));
    }
  }

  /** `undefined` where there is no answer. */
  async function post(event: string, body: string): Promise<Response | undefined> {
    return fetch(`${url}/v1/stations/${id}/${event}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).catch(() => undefined);
  }
}

/** Too fast, or something between here and the table is out of order for a moment. */
const isPassing = (status: number): boolean => status === 429 || status >= 500;

function retryAfter(answer: Response | undefined): number {
  const seconds = Number(answer?.headers.get('retry-after') ?? 1);
  return Math.min(Number.isNaN(seconds) ? RETRY_AFTER_MAX_MS : seconds * 1_000, RETRY_AFTER_MAX_MS);
}

async function read(event: string, answer: Response): Promise<Answer> {
  const body = (await answer.json().catch(() => ({}))) as Open & Problem;
  if (answer.ok) return { ...body, isOpen: true, stateLost: body.stateLost === true };
  // 401 has two meanings, told apart by the problem's type: this user must log in again, or this station's key is wrong.
  const hasNoSession = NO_SESSION.has(answer.status) || body.type === LOGON_EXPIRED;
  if (!hasNoSession) throw new CurfewMisused(`${event}: ${answer.status} ${body.detail ?? ''}`);
  return { isOpen: false, problem: body };
}
