/** Every session of the simulated world, followed: what is known of it, and what must be announced of it. */
import { handleOf } from '../../lib/session/handle.ts';
import type { Entry } from '../../lib/session/journal.ts';
import { type Ending, nameOf, type Rung, type Seat, type SeatKey } from '../../lib/session/seat.ts';
import { DAY, type EpochMs } from '../../lib/time.ts';
import type { Cloud } from './cloud.ts';
import type { LeftOutName } from './left-out.ts';
import { ELSEWHERE, type Plan, policyOf } from './plan.ts';
import { endOf, type Known, wayDown } from './spec.ts';
import type { Memory, Word } from './words.ts';

/** How long after a deployment there can be sessions that its policy did not open, or that lie in shards of before. */
const SETTLING = 3 * DAY;

export type PromiseName =
  | 'never two'
  | 'never early'
  | 'never late'
  | 'never silent'
  | 'never back from the dead'
  | 'nothing leaks'
  | 'epochs only grow'
  | 'every answer is explained'
  | 'no law is broken'
  | 'no function throws';

export interface Violation {
  readonly promise: PromiseName;
  readonly at: number;
  readonly what: string;
}

export interface Followed {
  readonly name: string;
  readonly known: Known;
  readonly key: SeatKey;
  /** The delivery that opened it, and those that were to end it. */
  readonly openedBy: string;
  readonly endedBy: string[];
  /** When it opened, in the order of all that is written. */
  readonly order: number;
  readonly writtenAt: number;
  /** Each login of its user since, the one that opened it included. */
  readonly logins: string[];
  /** Its panel had heard later words when it opened (`underWay` in left-out.ts). */
  cameTooLate: boolean;
  /** A login of it has been answered: until then its panel need not know of it, for that write may have failed. */
  isTold: boolean;
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
  /** How often each entry of left-out.ts has applied. */
  readonly leftOut = new Map<LeftOutName, number>();
  readonly verdicts = new Map<string, number>();
  protected readonly plan: Plan;
  protected readonly followed = new Map<string, Followed>();
  private readonly byUser = new Map<string, Set<Followed>>();
  private readonly byStation = new Map<string, Set<Followed>>();
  /** By the word that opened it, and by that which ended it. */
  protected readonly openedBy = new Map<string, string>();
  protected readonly endedBy = new Map<string, Set<string>>();
  protected cloud: Cloud | undefined;
  protected healedAt = Number.POSITIVE_INFINITY;
  /** Counts all that is written. */
  protected order = 0;
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

  /** Where an entry of left-out.ts applies, it is counted and not held against anything. */
  protected leavesOut(name: LeftOutName, applies: boolean): boolean {
    if (applies) this.leftOut.set(name, (this.leftOut.get(name) ?? 0) + 1);
    return applies;
  }

  /** Whether the delivery has been heard there, and must be known. */
  protected repeats(memory: Memory, word: Word): boolean {
    const is = memory.repeats(word);
    return is !== 'never' && !this.leavesOut('forgotten', is === 'forgotten');
  }

  /** Whether its station has been heard there with something later, and that must be known. */
  protected isOvertaken(memory: Memory, word: Word, before?: number): boolean {
    const is = memory.overtook(word, before);
    return is !== 'never' && !this.leavesOut('forgotten', is === 'forgotten');
  }

  protected isSettling(at: number): boolean {
    const { change } = this.plan;
    const since = at - (this.cloud?.start ?? 0) - (change?.at ?? Number.POSITIVE_INFINITY);
    return since >= 0 && since < SETTLING;
  }

  /** Where a deployment changes how many seats there are, a repeat looks elsewhere than the first did. */
  protected hasOtherSeats(at: number): boolean {
    const { fields, change } = this.plan;
    const seatsOf = (one: object | undefined) => (one as { seats?: unknown } | undefined)?.seats;
    return this.isSettling(at) && seatsOf(fields) !== seatsOf(change?.fields);
  }

  /** Of all policies that there are. */
  protected longestSlot(): number {
    const { fields, fieldsElsewhere, change } = this.plan;
    const ours = [fields, change?.fields ?? fields].map((one) => policyOf(one).sweepMs);
    return Math.max(...ours, policyOf(fieldsElsewhere, ELSEWHERE).sweepMs);
  }

  protected follow(name: string, one: Followed): void {
    this.followed.set(name, one);
    for (const [by, of] of this.indexesOf(one)) by.set(of, (by.get(of) ?? new Set()).add(one));
  }

  private indexesOf({ key, known }: Followed): readonly [Map<string, Set<Followed>>, string][] {
    return [
      [this.byUser, personOf(key)],
      [this.byStation, known.station],
    ];
  }

  protected ofUser(key: Pick<SeatKey, 'realm' | 'user'>): readonly Followed[] {
    return [...(this.byUser.get(personOf(key)) ?? [])];
  }

  protected at(station: string): readonly Followed[] {
    return [...(this.byStation.get(station) ?? [])];
  }

  protected unfollow(name: string, one: Followed): void {
    this.forgotten++;
    this.followed.delete(name);
    for (const [by, of] of this.indexesOf(one)) by.get(of)?.delete(one);
    if (this.openedBy.get(one.openedBy) === name) this.openedBy.delete(one.openedBy);
    for (const key of one.endedBy) this.endedBy.delete(key);
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

export const personOf = ({ realm, user }: Pick<SeatKey, 'realm' | 'user'>): string => `${realm}#${user}`;

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
