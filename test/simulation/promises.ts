/** The promises, each held against everything that happens in the simulated world, as it happens and when all is quiet. */
import type { Attempt } from '../../lib/session/attempt.ts';
import type { Entry } from '../../lib/session/journal.ts';
import type { Answer } from '../../lib/session/keeper.ts';
import type { Past } from '../../lib/session/ports.ts';
import {
  type Ending,
  handleOf,
  isEnded,
  isOpen,
  nameOf,
  type Occupied,
  type OpenSession,
  parseHandle,
  type Rung,
  type Seat,
  type SeatKey,
} from '../../lib/session/session.ts';
import type { EpochMs } from '../../lib/time.ts';
import { BACKSTOP, type Cloud, type Invocation, idOf, type Witness } from './cloud.ts';
import { type Plan, REALM, SKEW } from './plan.ts';
import { active, differences, endOf, heard, heldUntil, type Known, MARGIN, opened, rungOf, wayDown } from './spec.ts';

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

interface Followed {
  readonly known: Known;
  readonly key: SeatKey;
  ended?: Pick<Ending, 'at' | 'reason'>;
  /** What must be announced of it, in order, and what has been. */
  readonly expected: string[];
  readonly announced: string[];
  /** The last rung that `expected` has. */
  rung: Rung;
}

/** How near to the published bound a refusal has come, as a share of it. */
export type Tightness = Map<string, number>;

const MINUTES = 60_000;

/** The longest from a function's reading of the clock to its answer: it is stopped then. */
const IN_FLIGHT = 10_000;

export class Promises implements Witness {
  readonly violations: Violation[] = [];
  readonly tightness: Tightness = new Map();
  readonly verdicts = new Map<string, number>();
  private readonly plan: Plan;
  private readonly followed = new Map<string, Followed>();
  private readonly openedIds = new Map<string, string>();
  private readonly endedIds = new Map<string, Set<string>>();
  private cloud: Cloud | undefined;
  private healedAt = Number.POSITIVE_INFINITY;

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
    return Math.max(0, ...[...this.followed.values()].map(({ known, ended }) => ended?.at ?? endOf(known).at));
  }

  sessions(): number {
    return this.followed.size;
  }

  // --- writes

  wrote(
    { n: _, ...invocation }: Invocation,
    at: EpochMs,
    key: SeatKey,
    attempt: Attempt,
    old: Seat | undefined,
    now: Seat,
  ): void {
    const inv = { n: _, ...invocation };
    if (old !== undefined && now.epoch < old.epoch)
      this.broken('epochs only grow', at, `${idOf(key)}: ${old.epoch} to ${now.epoch}`);
    const isSame = old?.epoch === now.epoch && old.session !== undefined;
    if (isOpen(now) && !isSame) this.opens(inv, at, old, now);
    else if (isOpen(old) && isSame && isOpen(now)) this.goesOn(inv, at, attempt, old, now);
    else if (isOpen(old) && isSame && isEnded(now)) this.ends(inv, at, now, now.session.ended);
    else if (isOpen(old)) this.broken('never early', at, `${this.say(old)} vanished by ${attempt.change.do}`);
  }

  private opens(inv: Invocation, at: number, old: Seat | undefined, now: Occupied<OpenSession>): void {
    const { event, policy } = inv;
    const name = this.say(now);
    if (event === undefined || !['login', 'activity', 'job-started'].includes(event.type)) {
      this.broken('never back from the dead', at, `${name} was opened by ${event?.type ?? inv.what}`);
      return;
    }
    const before = this.openedIds.get(event.id);
    // A seat knows the deliveries that opened its last two sessions; see the limits in docs/mechanism.md.
    const seatsChange = this.plan.change !== undefined && !sameSeats(this.plan);
    if (before !== undefined && !seatsChange && this.openedSince(before) < 2) {
      this.broken('never back from the dead', at, `${event.id} opened ${before}, and now ${name}`);
    }
    this.openedIds.set(event.id, name);

    const prior = isOpen(old) ? this.followed.get(this.say(old)) : undefined;
    const isLogin = event.type === 'login';
    if (old !== undefined && prior !== undefined) this.gaveWay(inv, at, prior, now);
    if (!isLogin) {
      const rung = prior === undefined ? 'ended' : rungOf(prior.known, inv.now);
      if (rung !== 'failover' && rung !== 'remembered') {
        this.broken('never back from the dead', at, `${name} was made anew of a session that was ${rung}`);
      }
      if (prior !== undefined && prior.known.station !== event.station.id) {
        this.broken('never back from the dead', at, `${name} was made anew of ${prior.known.station}'s`);
      }
    }
    const loggedOnAt = isLogin ? inv.now : (prior?.known.loggedOnAt ?? Number.NaN);
    const known = opened(policy, event.station, inv.now, loggedOnAt, event.type === 'job-started');
    const { session } = now;
    const facts = [
      [session.station, event.station.id],
      [session.openedAt, inv.now],
      [session.loggedOnAt, loggedOnAt],
      [now.key.user, event.session?.user ?? event.user ?? now.key.user],
      [session.rung, 'active'],
    ];
    for (const [is, should] of facts)
      if (is !== should) this.broken('every answer is explained', at, `${name} has ${is} for ${should}`);
    const follow: Followed = { known, key: now.key, expected: [], announced: [], rung: 'active' };
    const from = isLogin || prior === undefined ? 'opened' : `resumed from ${rungOf(prior.known, inv.now)}`;
    follow.expected.push(`${from}@${inv.now}`);
    this.followed.set(name, follow);
    this.compare(at, inv, follow, now);
    this.checkSeats(at, now);
  }

  /** A session that was open gives way to another: had it lost the seat by every clock, or was it taken over? */
  private gaveWay(inv: Invocation, at: number, prior: Followed, now: Occupied<OpenSession>): void {
    const { event, policy } = inv;
    const held = heldUntil(prior.known);
    const isMine = prior.known.station === event?.station.id;
    const wish = event?.type === 'login' ? event.takeOver : undefined;
    const mayTakeOver =
      event?.type === 'login' &&
      (policy.takeOver === 'replace' || (policy.takeOver === 'offer' && wish !== undefined && wish !== false));
    if (held > at - SKEW && !(isMine && held <= inv.now) && !mayTakeOver) {
      this.broken('never two', at, `${this.say(now)} took a seat that was held until ${held - at} ms from now`);
    }
    const opens = inv.now;
    const end = endOf(prior.known);
    if (end.at <= opens) this.ended(prior, end.at, end.by);
    else if (held <= opens) this.ended(prior, opens, event?.type === 'login' ? 'superseded' : 'made-anew');
    else this.ended(prior, Math.max(opens, prior.known.heardAt), 'taken-over');
  }

  private goesOn(
    inv: Invocation,
    at: number,
    attempt: Attempt,
    old: Occupied<OpenSession>,
    now: Occupied<OpenSession>,
  ): void {
    const name = this.say(now);
    const followed = this.followed.get(name);
    if (followed === undefined) return;
    const { known } = followed;
    if (attempt.change.do === 'keep-word') {
      this.compare(at, inv, followed, now);
      return;
    }
    if (inv.event === undefined) {
      const reached = wayDown(known).find(({ rung }) => rung === now.session.rung);
      if (now.session.rung !== old.session.rung) {
        if (reached === undefined || reached.at > at - (MARGIN - SKEW)) {
          this.broken(
            'never early',
            at,
            `${name} was announced ${now.session.rung} ${(reached?.at ?? Number.NaN) - at} ms ahead`,
          );
        } else this.expect(followed, reached.at);
      }
      this.compare(at, inv, followed, now);
      return;
    }
    const { event, policy } = inv;
    const { station } = event;
    const speaksOf = event.session === undefined || [now.epoch, now.session.madeAnewOf].includes(event.session.epoch);
    if (known.station !== station.id || !speaksOf || (event.user !== undefined && event.user !== now.key.user)) {
      this.broken('never back from the dead', at, `${name} was renewed by ${station.id}, who spoke of another`);
      return;
    }
    const instant = Math.max(inv.now, known.heardAt);
    const rung = rungOf(known, inv.now);
    if (rung !== 'active' && rung !== 'lingering') {
      this.broken('never back from the dead', at, `${name} was renewed while it was ${rung}`);
      return;
    }
    const isOld = [old.latest, old.previousLatest].some(
      (word) =>
        word?.station === station.id && event.occurredAt !== undefined && (word.occurredAt ?? 0) > event.occurredAt,
    );
    const type = isOld && event.type !== 'ping' ? 'activity' : event.type;
    if (rung === 'lingering') {
      if (type === 'ping') this.broken('never late', at, `${name} lingers, and a ping renewed it`);
      this.expect(followed, instant);
      followed.expected.push(`resumed from lingering@${instant}`);
      followed.rung = 'active';
    }
    const running = known.jobAt > instant ? known.jobs : 0;
    if (type === 'ping') heard(known, policy, station, instant);
    else if (type === 'job-started') {
      known.jobs = running + 1;
      known.jobAt = instant + policy.jobMs;
      active(known, policy, station, instant);
    } else if (type === 'job-ended') {
      known.jobs = Math.max(0, running - 1);
      if (known.jobs === 0) known.jobAt = 0;
      active(known, policy, station, instant);
    } else {
      if (type === 'login') {
        known.loggedOnAt = instant;
        if (policy.logonTokenMs !== undefined && !station.hasPanel) known.rememberedUntil = instant + policy.logonTokenMs;
      }
      active(known, policy, station, instant);
    }
    this.compare(at, inv, followed, now);
  }

  private ends(inv: Invocation, at: number, now: Seat, ended: Ending): void {
    const name = this.say(now);
    const followed = this.followed.get(name);
    if (followed === undefined) return;
    const { known } = followed;
    const { event } = inv;
    const byPolicy = endOf(known);
    if (inv.what === 'sweep' || inv.what === 'backstop') {
      const isRight = ended.at === byPolicy.at && ended.reason === byPolicy.by && ended.by === 'policy';
      if (!isRight)
        this.broken(
          'never early',
          at,
          `${name} ended ${ended.reason} at ${ended.at}, not ${byPolicy.by} at ${byPolicy.at}`,
        );
      else if (byPolicy.at > at - (MARGIN - SKEW))
        this.broken('never early', at, `${name} was ended ${byPolicy.at - at} ms ahead`);
    } else if (event !== undefined) this.endsByStation(inv, at, name, known, ended);
    else if (inv.operatorEnds === undefined || handleOf(inv.operatorEnds) !== name || ended.reason !== 'operator') {
      this.broken('never early', at, `${name} was ended by ${inv.what}, which was about another`);
    }
    this.ended(followed, ended.at, ended.reason);
  }

  private endsByStation(inv: Invocation, at: number, name: string, known: Known, ended: Ending): void {
    const { event } = inv;
    if (event === undefined) return;
    const reasons: Readonly<Record<string, readonly string[]>> = {
      logout: ['logout'],
      boot: ['boot'],
      login: ['next-user', 'logout'],
    };
    const isMeant = event.session === undefined || event.type !== 'logout' || handleOf(event.session) === name;
    if (known.station !== event.station.id || !isMeant || !reasons[event.type]?.includes(ended.reason)) {
      this.broken(
        'never early',
        at,
        `${name} ended ${ended.reason} by ${event.type} of ${event.station.id}, which was about another`,
      );
    }
    if (rungOf(known, inv.now) === 'ended')
      this.broken('never silent', at, `${name} had ended already, and ended ${ended.reason}`);
    const others = this.endedIds.get(event.id) ?? new Set();
    const before = [...others].filter((other) => other !== name);
    // A delivery that ends a second session is a repeat that was not recognised; see the limits in docs/mechanism.md.
    if (before.length > 0 && event.type !== 'login' && this.opensSince(event.id, known) < 2) {
      this.broken('never back from the dead', at, `${event.id} ended ${before.join()} and now ${name}`);
    }
    this.endedIds.set(event.id, others.add(name));
  }

  /** How many sessions have opened on the seat of this one since. */
  private openedSince(name: string): number {
    const one = this.followed.get(name);
    return [...this.followed.values()].filter(
      ({ key, known }) => one !== undefined && idOf(key) === idOf(one.key) && known.openedAt > one.known.openedAt,
    ).length;
  }

  /** How many sessions the station has opened since this delivery ended one. */
  private opensSince(id: string, known: Known): number {
    const ends = [...(this.endedIds.get(id) ?? [])].map((name) => this.followed.get(name)?.ended?.at ?? 0);
    const since = Math.min(...ends);
    return (
      [...this.followed.values()].filter(
        ({ known: other }) => other.station === known.station && other.openedAt >= since,
      ).length - 1
    );
  }

  /** The item's numbers are what was heard, and a sweep comes in time for the next of them. */
  private compare(at: number, inv: Invocation, { known }: Followed, now: Occupied<OpenSession>): void {
    for (const wrong of differences(known, now.session.deadlines)) {
      this.broken('never late', at, `${this.say(now)}: ${wrong}`);
    }
    const next = wayDown(known).find((change) => change.at > at);
    if (next === undefined || this.plan.change !== undefined) return;
    const slot = Math.ceil((next.at + MARGIN) / inv.policy.sweepMs) * inv.policy.sweepMs;
    if (now.session.due > slot) {
      this.broken(
        'never silent',
        at,
        `${this.say(now)}: a sweep looks at it ${now.session.due - slot} ms after its slot`,
      );
    }
  }

  private checkSeats(at: number, now: Occupied<OpenSession>): void {
    const { seats } = this.plan.fields as { seats?: number | 'unlimited' };
    if (seats === 'unlimited' || seats === undefined || this.plan.change !== undefined) return;
    const holding = [...this.followed.values()].filter(
      ({ key, ended, known }) => key.user === now.key.user && ended === undefined && heldUntil(known) > at + SKEW,
    );
    if (holding.length > seats)
      this.broken('never two', at, `${now.key.user} holds ${holding.length} of ${seats} seats`);
  }

  // --- answers

  answered(inv: Invocation, at: EpochMs, answer: Answer): void {
    this.verdicts.set(answer.is, (this.verdicts.get(answer.is) ?? 0) + 1);
    const { event, policy } = inv;
    if (event === undefined) return;
    if (answer.is === 'taken') {
      for (const holder of answer.holders) {
        const followed = this.followed.get(this.say(holder));
        if (followed === undefined || followed.ended !== undefined) continue;
        const { known } = followed;
        if (heldUntil(known) + MARGIN <= inv.now) {
          this.broken(
            'never late',
            at,
            `${event.user} was refused for ${this.say(holder)}, whose seat was free for ${inv.now - heldUntil(known) - MARGIN} ms`,
          );
        }
        const share = (inv.now - known.signAt) / known.bound;
        if (share > 1) this.broken('never late', at, `${this.say(holder)} kept the seat for ${share} of its bound`);
        if (known.signAt <= inv.now)
          this.tighter(`${policy.profile}${known.jobs > 0 ? ', while a job runs' : ''}`, share);
      }
      const wish = event.takeOver;
      if (policy.takeOver === 'replace' || (policy.takeOver === 'offer' && wish === true)) {
        this.broken('every answer is explained', at, `${event.user} was refused although a take-over was due`);
      }
      if (policy.seats !== 'unlimited' && answer.holders.length !== policy.seats) {
        this.broken('every answer is explained', at, `${answer.holders.length} holders for ${policy.seats} seats`);
      }
    }
    if (answer.is === 'gone' && answer.past !== undefined) this.wasGone(inv, at, answer.past);
    const won = inv.won.length > 0;
    if (['renewed', 'resumed', 'made-anew', 'logged-on-anew'].includes(answer.is) && !won) {
      this.broken('every answer is explained', at, `${event.type} was answered ${answer.is}, and nothing was written`);
    }
    if (answer.is === 'opened' && answer.seat.session.openedBy !== event.id) {
      this.broken(
        'every answer is explained',
        at,
        `${event.id} was told that it opened what ${answer.seat.session.openedBy} did`,
      );
    }
    if ('seat' in answer && answer.seat !== undefined && answer.seat.session.station !== event.station.id) {
      this.broken(
        'every answer is explained',
        at,
        `${event.station.id} was told of ${answer.seat.session.station}'s session`,
      );
    }
  }

  private wasGone(inv: Invocation, at: number, { name, ended }: Past): void {
    const followed = this.followed.get(handleOf(name));
    if (followed === undefined) return;
    const end = followed.ended ?? ended;
    // Of a session in its last moments one clock says that it has ended, and another that it has not.
    const isLastMoment = ended.at <= inv.now && ended.at > at - 2 * SKEW - IN_FLIGHT;
    if (followed.ended === undefined && endOf(followed.known).at > inv.now && !isLastMoment) {
      this.broken('never early', at, `${handleOf(name)} was said to have ended, but goes on`);
    }
    if (followed.ended !== undefined && (ended.at !== end.at || ended.reason !== end.reason)) {
      this.broken(
        'every answer is explained',
        at,
        `${handleOf(name)} ended ${end.reason} at ${end.at}; it was said ${ended.reason} at ${ended.at}`,
      );
    }
  }

  private tighter(profile: string, share: number): void {
    this.tightness.set(profile, Math.max(share, this.tightness.get(profile) ?? 0));
  }

  // --- announcements

  announced(entries: readonly Entry[], at: EpochMs): void {
    for (const entry of entries) {
      const name = handleOf(entry.name);
      const followed = this.followed.get(name);
      if (followed === undefined) {
        this.broken('every answer is explained', at, `${entry.type} of ${name}, of which nobody knows`);
        continue;
      }
      const told = tellingOf(entry);
      if (followed.announced.includes(told)) continue;
      // In any order: what one request to the bus did not take comes again, behind what it took.
      if (!followed.expected.includes(told)) {
        this.broken('never silent', at, `${name}: ${told} was announced, of ${followed.expected.join(', ')}`);
      }
      followed.announced.push(told);
      if (entry.type !== 'opened' && entry.type !== 'resumed') this.inTime(entry, at);
    }
  }

  /** Within the backstop's time of its slot, or of the end of all faults. */
  private inTime(entry: Entry, at: number): void {
    const longest = 10 * MINUTES;
    const due = Math.ceil((entry.at + MARGIN) / longest) * longest > 0 ? entry.at + MARGIN + this.sweepMs() : 0;
    const latest = Math.max(due, this.isCalm() ? 0 : this.healedAt) + BACKSTOP + MINUTES;
    if (at > latest && (this.isCalm() || at > this.healedAt)) {
      this.broken(
        'never silent',
        at,
        `${tellingOf(entry)} of ${handleOf(entry.name)} was announced ${at - latest} ms too late`,
      );
    }
  }

  private isCalm(): boolean {
    return this.plan.outages.length === 0 && Object.values(this.plan.rates).every((rate) => rate === 0);
  }

  private sweepMs(): number {
    return this.cloud?.plan === undefined ? 0 : 5 * MINUTES;
  }

  // --- when all is quiet

  async whenQuiet(cloud: Cloud): Promise<void> {
    const at = cloud.agenda.now;
    for (const seat of cloud.openSeats()) this.broken('nothing leaks', at, `${this.say(seat)} is still open`);
    if (cloud.undelivered() > 0) this.broken('nothing leaks', at, `${cloud.undelivered()} changes are not announced`);
    if (cloud.armedTimers() > 0) this.broken('nothing leaks', at, `${cloud.armedTimers()} timers are left`);
    const kept = new Map<string, Past[]>();
    for (const user of this.plan.users) {
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await cloud.history.ofUser(REALM, user, {
          limit: 100,
          ...(cursor === undefined ? {} : { cursor }),
        });
        for (const past of page.items) kept.set(handleOf(past.name), [...(kept.get(handleOf(past.name)) ?? []), past]);
        cursor = page.cursor;
      }
    }
    for (const [name, { known, ended, expected, announced }] of this.followed) {
      const entries = kept.get(name) ?? [];
      const [past] = entries;
      if (entries.length !== 1 || past === undefined) {
        this.broken('never silent', at, `${name} is in history ${entries.length} times`);
      } else if (past.ended.at !== ended?.at || past.ended.reason !== ended.reason) {
        this.broken(
          'never silent',
          at,
          `history has ${name} end ${past.ended.reason} at ${past.ended.at}, not ${ended?.reason} at ${ended?.at}`,
        );
      }
      if (announced.length !== expected.length) {
        this.broken(
          'never silent',
          at,
          `${name}: of ${expected.join(', ')} only ${announced.join(', ')} was announced`,
        );
      }
      const seat = cloud.image(parseHandle(name) as SeatKey);
      if (ended !== undefined && ended.at < known.heardAt && ended.reason !== 'maximum') {
        this.broken('never early', at, `${name} ended before it was last heard of; its seat is at ${seat?.epoch}`);
      }
    }
    for (const { id } of this.plan.stations) {
      const { occupant } = await cloud.panels.read(id);
      const followed = occupant && this.followed.get(handleOf({ ...occupant, seat: '0' }));
      if (followed?.known.station === id)
        this.broken('nothing leaks', at, `the panel of ${id} shows ${occupant?.user}, who has left`);
    }
  }

  broke(inv: Invocation, error: unknown): void {
    const at = this.cloud?.agenda.now ?? 0;
    this.broken(
      'no function throws',
      at,
      `${inv.what} ${inv.event?.type ?? ''}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }

  // --- what must be announced

  /** Every rung that it has passed by `until`. */
  private expect(followed: Followed, until: number): void {
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

  private ended(followed: Followed, at: number, reason: string): void {
    this.expect(followed, at);
    followed.expected.push(`ended from ${followed.rung} ${reason}@${at}`);
    followed.rung = 'ended';
    followed.ended = { at: at as EpochMs, reason: reason as Ending['reason'] };
  }

  private say(seat: Seat): string {
    return handleOf(nameOf(seat));
  }

  private broken(promise: PromiseName, at: number, what: string): void {
    this.cloud?.trace(`!! ${promise}: ${what}`);
    this.violations.push({ promise, at: at - (this.cloud?.start ?? 0), what });
  }
}

/** Where a deployment changes how many seats there are, a repeat looks elsewhere than the first did. */
const sameSeats = ({ fields, change }: Plan): boolean =>
  (fields as { seats?: unknown }).seats === (change?.fields as { seats?: unknown } | undefined)?.seats;

function tellingOf(entry: Entry): string {
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
