/** Every session of the simulated world, followed: what is known of it, and what must be announced of it. */
import { handleOf } from '../../lib/session/handle.ts';
import type { Entry } from '../../lib/session/journal.ts';
import { type Ending, nameOf, type Rung, type Seat, type SeatKey } from '../../lib/session/seat.ts';
import type { EpochMs } from '../../lib/time.ts';
import type { Cloud } from './cloud.ts';
import type { Plan } from './plan.ts';
import { endOf, type Known, wayDown } from './spec.ts';
export type PromiseName =
  | 'never two'
  | 'never early'
  | 'never late'
  | 'never silent'
  | 'never back from the dead'
  | 'nothing leaks'
  | 'epochs only grow'
  | 'every answer is explained'
  | 'no function throws';

export interface Violation {
  readonly promise: PromiseName;
  readonly at: number;
  readonly what: string;
}

export interface Followed {
  readonly known: Known;
  readonly key: SeatKey;
  /** The delivery that opened it, and those that were to end it. */
  readonly openedBy: string;
  readonly endedBy: string[];
  ended?: Pick<Ending, 'at' | 'reason'>;
  /** What must be announced of it, in order, and what has been. */
  readonly expected: string[];
  readonly announced: string[];
  /** The last rung that `expected` has. */
  rung: Rung;
}

/** How near to the published bound a refusal has come, as a share of it. */
export type Tightness = Map<string, number>;

export abstract class Following {
  readonly violations: Violation[] = [];
  readonly tightness: Tightness = new Map();
  readonly verdicts = new Map<string, number>();
  protected readonly plan: Plan;
  protected readonly followed = new Map<string, Followed>();
  protected readonly followedByUser = new Map<string, Set<Followed>>();
  protected readonly openedIds = new Map<string, string>();
  protected readonly endedIds = new Map<string, Set<string>>();
  protected cloud: Cloud | undefined;
  protected healedAt = Number.POSITIVE_INFINITY;
  private forgotten = 0;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  watch(cloud: Cloud): void {
    this.cloud = cloud;
  }

  healed(at: number): void {
    this.healedAt = at;
  }

  /** The last instant at which anything that is known of can still happen. */
  lastDeadline(): number {
    return [...this.followed.values()].reduce((last, one) => Math.max(last, lastOf(one)), 0);
  }

  sessions(): number {
    return this.forgotten + this.followed.size;
  }

  protected follow(name: string, one: Followed): void {
    const { user } = one.key;
    this.followed.set(name, one);
    this.followedByUser.set(user, (this.followedByUser.get(user) ?? new Set()).add(one));
  }

  protected unfollow(name: string, one: Followed): void {
    this.forgotten++;
    this.followed.delete(name);
    this.followedByUser.get(one.key.user)?.delete(one);
    if (this.openedIds.get(one.openedBy) === name) this.openedIds.delete(one.openedBy);
    for (const id of one.endedBy) this.endedIds.delete(id);
  }

  /** Every rung that it has passed by `until`. */
  protected expect(followed: Followed, until: number): void {
    const way = wayDown(followed.known).filter(({ rung }) => rung !== 'ended');
    const from = way.findIndex(({ rung }) => rung === followed.rung);
    for (const [n, { rung, at, by }] of way.entries()) {
      if (n <= from || at > until) continue;
      const isHeld = followed.rung === 'active' || followed.rung === 'lingering';
      const type = rung === 'lingering' ? rung : isHeld ? 'invalidated' : 'remembered';
      followed.expected.push(`${type} from ${followed.rung} to ${rung} by ${by}@${at}`);
      followed.rung = rung;
    }
  }

  protected ended(followed: Followed, at: number, reason: string): void {
    this.expect(followed, at);
    followed.expected.push(`ended from ${followed.rung} ${reason}@${at}`);
    followed.rung = 'ended';
    followed.ended = { at: at as EpochMs, reason: reason as Ending['reason'] };
  }

  protected say(seat: Seat): string {
    return handleOf(nameOf(seat));
  }

  protected broken(promise: PromiseName, at: number, what: string): void {
    this.cloud?.trace(`!! ${promise}: ${what}`);
    this.violations.push({ promise, at: at - (this.cloud?.start ?? 0), what });
  }
}

/** When it ended, or will if nothing more is heard. */
export const lastOf = ({ known, ended }: Followed): number => ended?.at ?? endOf(known).at;

/** An announcement in a line: the same each time it is made. */
export function tellingOf(entry: Entry): string {
  switch (entry.type) {
    case 'opened':
      return `opened@${entry.at}`;
    case 'resumed':
      return `resumed from ${entry.from}@${entry.at}`;
    case 'ended':
      return `ended from ${entry.from} ${entry.ended.reason}@${entry.at}`;
    default:
      return `${entry.type} from ${entry.from} to ${entry.to} by ${entry.by}@${entry.at}`;
  }
}
