/**
 * What operators do, written down before it is done, and again when it is known what came of it: whatever becomes of the
 * function in between, nothing is done that nobody can find. Where the second writing fails, the first says that it was asked
 * for and not whether it was done.
 */
import { present } from '../present.ts';
import { type Realms, retentionOf } from '../session/policy.ts';
import {
  after,
  before,
  type Clock,
  DAY,
  type DurationMs,
  durationMs,
  type EpochMs,
  earliest,
  epochMs,
  latest,
  NEVER,
} from '../time.ts';
import type { Action, Trail } from './ports.ts';

/** What is about to be done; `on` and `session` as far as they are known. */
export type Intent = Pick<Action, 'principal' | 'action' | 'on'> & { readonly reason?: string | undefined };

/** What was done, where it differs from what was meant or is known only then. */
export type Done = Partial<Pick<Action, 'action' | 'note' | 'session'>> & {
  /** The user of whom the log says it. The log is kept for weeks, and the trail for years: that never says it. */
  readonly user?: string;
};

/** As the log has it. */
export interface Audited {
  readonly principal: string;
  readonly action: string;
  readonly on: string;
  readonly note?: string;
}

export interface AuditParts {
  readonly trail: Trail;
  readonly realms: Realms;
  readonly clock: Clock;
  /** How long the trail is kept. */
  readonly keptFor: DurationMs;
  /** Told of each thing that was done: never a key. */
  readonly log: (did: Audited) => void;
  readonly complain: (message: string, error: unknown) => void;
  /** Another one each time. */
  readonly newId: () => string;
}

/** Does it. Who says nothing to `done` has changed nothing. Throws what `act` throws, and `Unavailable` before anything was done. */
export type Audit = <T>(intent: Intent, act: (done: (what?: Done) => void) => Promise<T>) => Promise<T>;

export const daysLong = (days: number): DurationMs => durationMs(days * DAY);

/** Where to look for what was asked: what is older than the trail is kept is not told, collected as garbage or not. */
export function trailSpan(
  keptFor: DurationMs,
  now: EpochMs,
  { from, to }: { readonly from?: EpochMs; readonly to?: EpochMs },
): { from: EpochMs; to: EpochMs } {
  const oldest = before(now, keptFor);
  // What is being written down at this very millisecond is there; in what is to come there is nothing to look for.
  return { from: latest(oldest, from ?? oldest), to: earliest(epochMs(now + 1), to ?? NEVER) };
}

export function createAudit({ trail, realms, clock, keptFor, log, complain, newId }: AuditParts): Audit {
  return async ({ reason, ...intent }, act) => {
    const at = clock();
    const action: Action = { ...intent, at, id: newId(), outcome: 'unknown' };
    const keepUntil = after(at, keptFor);
    // Not the operator's words, of which it is not known yet whom they are about.
    await trail.keep(action, { keepUntil, sessionUntil: keepUntil });
    let done: Done | undefined;
    const result = await act((what = {}) => {
      done = what;
    });
    await settle(done);
    return result;

    async function settle(done: Done | undefined): Promise<void> {
      const { user, ...what } = done ?? {};
      const settled: Action = {
        ...action,
        ...what,
        outcome: done === undefined ? 'nothing' : 'done',
        // Words about a session that nothing was written of may name its user, and nothing would ever erase them.
        ...(intent.action === 'end-session' && what.session === undefined ? {} : present({ reason })),
      };
      if (done !== undefined) log(loggedOf(settled, user));
      // As long as its user's history says the same.
      const sessionUntil = after(at, retentionOf(realms, intent.on));
      try {
        await trail.keep(settled, { keepUntil, sessionUntil });
      } catch (error) {
        complain('what came of an action of an operator is not in the trail', error);
      }
    }
  };
}

function loggedOf({ principal, action, on, session, reason, note }: Action, user: string | undefined): Audited {
  const named = session ?? (user === undefined ? on : `${on}/${user}`);
  const words = [note, reason].filter((text) => text !== undefined).join(': ');
  return { principal, action, on: named, ...present({ note: words || undefined }) };
}
