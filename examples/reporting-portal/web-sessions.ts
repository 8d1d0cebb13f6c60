/**
 * What a web server keeps in memory of the users who work with it, and the pings that say so. As in the suites that have
 * grown this way, pings go on for as long as the web session is kept, and stop with it: when its user is idle.
 */
import type { KeptAlive, Open, StationClient } from '../../lib/client/station.ts';

/** Gone when the user is idle, when they log out, and when the server stops. */
export interface WebSession {
  /** Half-written work. */
  draft: string;
  /** What the next page has to say, once. */
  news?: string;
}

interface Kept {
  readonly web: WebSession;
  readonly pinging: KeptAlive;
}

export class WebSessions {
  readonly #station: StationClient;
  readonly #pingEveryMs: number;
  readonly #kept = new Map<string, Kept>();

  constructor(station: StationClient, pingEveryMs: number) {
    this.#station = station;
    this.#pingEveryMs = pingEveryMs;
  }

  of(session: string): WebSession | undefined {
    return this.#kept.get(session)?.web;
  }

  /** An empty one, in the place of any that there was. */
  begin(open: Open): WebSession {
    const { session } = open;
    this.drop(session);
    // When the user is idle is Curfew's to say: past that a ping is answered `lingering`, or that the session is over.
    const drop = () => this.drop(session);
    const pings = { everyMs: this.#pingEveryMs, ended: drop, lingering: drop, failed: console.error };
    const web: WebSession = { draft: '' };
    this.#kept.set(session, { web, pinging: this.#station.keepAlive(open, pings) });
    return web;
  }

  drop(session: string): void {
    this.#kept.get(session)?.pinging.stop();
    this.#kept.delete(session);
  }
}
