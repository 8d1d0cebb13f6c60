/** Pings for as long as a session lives, and no longer. */
import type { Answer, Ended, Open } from './answers.ts';
import { type Platform, Unreachable } from './delivery.ts';

export interface KeepAliveOptions {
  /** @default a third of the session's lease, so that one lost ping ends nothing */
  readonly everyMs?: number;
  /**
   * Asked before each ping; while it says no, none is sent, and the lease runs. A ping says that the station lives: who pings
   * for another asks that one first, or a printer that has crashed keeps its user locked out everywhere else.
   */
  readonly isAlive?: () => boolean | Promise<boolean>;
  /**
   * Called once, when it is learned that the session has ended otherwise than by this station's own logout or boot. No ping
   * follows. Where the reason is `next-user`, it is somebody else who is at the panel.
   */
  readonly ended: (why: Ended) => void;
  /** Called once, when the user has been idle and a ping renews nothing any more. No ping follows. */
  readonly lingering?: () => void;
  /**
   * Called with each ping that failed otherwise than by an unreachable Curfew: this station's key or registration is wrong. The
   * next ping follows. @default an unhandled rejection
   */
  readonly failed?: (error: unknown) => void;
}

/** A session that is kept alive. */
export interface KeptAlive {
  stop(): void;
}

/** One of a station's sessions, as the station's other events see it. */
export interface Pinging extends KeptAlive {
  readonly open: Open;
  /** Whatever was answered to whichever event of this session. */
  learn(answer: Answer): void;
}

export interface PingingParts {
  readonly platform: Platform;
  /** A single try: the next ping is near. */
  readonly ping: (session: string) => Promise<Answer>;
  /** Told when it has stopped, for whatever reason. */
  readonly onStop: (pinging: Pinging) => void;
}

export function startPinging(open: Open, options: KeepAliveOptions, { platform, ping, onStop }: PingingParts): Pinging {
  const everyMs = options.everyMs ?? pingEveryMs(open);
  const stopping = new AbortController();
  let current = open;
  const pinging: Pinging = {
    get open() {
      return current;
    },
    learn(answer) {
      if (stopping.signal.aborted || answer.is === 'refused') return;
      if (answer.is === 'ended') {
        pinging.stop();
        options.ended(answer);
      } else if (answer.outcome === 'lingering') {
        pinging.stop();
        options.lingering?.();
      } else {
        current = answer;
      }
    },
    stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      onStop(pinging);
    },
  };
  void goOn();
  return pinging;

  async function goOn(): Promise<void> {
    for (;;) {
      // Sooner by up to a fifth: stations that started together do not ping together.
      await platform.wait(everyMs * (1 - platform.random() / 5), stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        await pingOnce();
      } catch (error) {
        if (error instanceof Unreachable) continue;
        if (options.failed === undefined) throw error;
        options.failed(error);
      }
    }
  }

  async function pingOnce(): Promise<void> {
    if (options.isAlive !== undefined && !(await options.isAlive())) return;
    if (stopping.signal.aborted) return;
    const asked = current;
    const answer = await ping(asked.session);
    // Meanwhile its user may have come back: then this is of before, and the next ping will tell.
    if (asked === current) pinging.learn(answer);
  }
}

const SHORTEST_MS = 250;
const LONGEST_MS = 3_600_000;

/** While a job runs a session is held for longer than its lease, and towards its maximum for less. */
function pingEveryMs({ heardAt, heldUntil, bound }: Open): number {
  const heldMs = Math.min(Date.parse(heldUntil) - Date.parse(heardAt), lengthOf(bound));
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, heldMs / 3));
}

/** `PT5M2S`, in milliseconds. */
function lengthOf(iso8601: string): number {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(iso8601) ?? [];
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}
