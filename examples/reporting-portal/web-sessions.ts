/**
 * What a web server keeps in memory of the users who work with it, and the pings that say so. As in the suites that have
 * grown this way, pings go on for as long as the web session is kept, and stop with it: when its user is idle.
 */
import { type Answer, CurfewUnavailable, type Station } from './curfew.ts';

/** Gone when the user is idle, when they log out, and when the server stops. */
export interface WebSession {
  /** Half-written work. */
  draft: string;
  /** What the next page has to say, once. */
  news?: string;
}

interface Kept {
  readonly web: WebSession;
  readonly pinging: NodeJS.Timeout;
}

export class WebSessions {
  readonly #station: Station;
  readonly #pingEveryMs: number;
  readonly #kept = new Map<string, Kept>();

  constructor(station: Station, pingEveryMs: number) {
    this.#station = station;
    this.#pingEveryMs = pingEveryMs;
  }

  of(session: string): WebSession | undefined {
    return this.#kept.get(session)?.web;
  }

  /** An empty one, in the place of any that there was. */
  begin(session: string): WebSession {
    this.drop(session);
    const kept: Kept = { web: { draft: '' }, pinging: setInterval(() => this.#ping(session, kept), this.#pingEveryMs) };
    this.#kept.set(session, kept);
    return kept.web;
  }

  drop(session: string): void {
    clearInterval(this.#kept.get(session)?.pinging);
    this.#kept.delete(session);
  }

  /** When the user is idle is Curfew's to say: past that a ping is answered `lingering`, or that the session is over. */
  async #ping(session: string, kept: Kept): Promise<void> {
    const answer = await this.#station.ping(session).catch(unlessUnavailable);
    const isNeeded = answer === undefined || (answer.isOpen && answer.outcome !== 'lingering');
    // The user may have come back, to a web session of their own, while this answer was on its way.
    if (!isNeeded && this.#kept.get(session) === kept) this.drop(session);
  }
}

/** `undefined` where Curfew did not answer: the next ping will tell. */
function unlessUnavailable(error: unknown): Answer | undefined {
  if (!(error instanceof CurfewUnavailable)) console.error(error);
  return undefined;
}
