/** What every write of a seat's item must be: explained by what was said, and by no other time than its own. */

import { handleOf } from '../../lib/session/handle.ts';
import {
  type Ending,
  isEnded,
  isOpen,
  type Occupied,
  type OpenSession,
  type Seat,
  type SeatKey,
} from '../../lib/session/seat.ts';
import type { Attempt } from '../../lib/session/write.ts';
import { DAY, type EpochMs } from '../../lib/time.ts';
import { type Followed, Following } from './following.ts';
import type { Invocation } from './invocation.ts';
import { type Plan, SKEW } from './plan.ts';
import { active, differences, endOf, heard, heldUntil, type Known, MARGIN, opened, rungOf, wayDown } from './spec.ts';
import { idOf } from './table.ts';

/** How long after a deployment there can be sessions that its policy did not open, or that lie in shards of before. */
const SETTLING = 3 * DAY;

export abstract class Writes extends Following {
  /** Each seat's newest, whatever has become of its item. */
  private readonly epochs = new Map<string, number>();

  wrote(inv: Invocation, at: EpochMs, key: SeatKey, attempt: Attempt, old: Seat | undefined, now: Seat): void {
    const epoch = this.epochs.get(idOf(key)) ?? 0;
    if (now.epoch < epoch) this.broken('epochs only grow', at, `${idOf(key)}: ${epoch} to ${now.epoch}`);
    this.epochs.set(idOf(key), now.epoch);
    const isSame = old?.epoch === now.epoch && old.session !== undefined;
    if (isOpen(now) && !isSame) this.opens(inv, at, old, now);
    else if (isOpen(old) && isSame && isOpen(now)) this.goesOn(inv, at, attempt, old, now);
    else if (isOpen(old) && isSame && isEnded(now)) this.ends(inv, at, now, now.session.ended);
    else if (isOpen(old)) this.broken('never early', at, `${this.say(old)} vanished by ${attempt.change.do}`);
  }

  /** Garbage collection ends nothing: what it takes has ended long since, and was announced. */
  collected(at: EpochMs, old: Seat): void {
    if (isOpen(old)) this.broken('nothing leaks', at, `${this.say(old)} was still open when it was garbage-collected`);
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
    const seatsChange = this.isSettling(at) && !sameSeats(this.plan);
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
    const follow: Followed = {
      known,
      key: now.key,
      openedBy: event.id,
      endedBy: [],
      expected: [],
      announced: [],
      rung: 'active',
    };
    const from = isLogin || prior === undefined ? 'opened' : `resumed from ${rungOf(prior.known, inv.now)}`;
    follow.expected.push(`${from}@${inv.now}`);
    this.follow(name, follow);
    this.compare(at, inv, follow, now);
    this.checkSeats(at, inv, now);
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
        if (policy.logonTokenMs !== undefined && !station.hasPanel)
          known.rememberedUntil = instant + policy.logonTokenMs;
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
    } else if (ended.by === 'policy') this.isFoundEnded(inv, at, now, known, ended);
    else if (event !== undefined) this.endsByStation(inv, at, now, followed, ended);
    else if (inv.operatorEnds === undefined || handleOf(inv.operatorEnds) !== name || ended.reason !== 'operator') {
      this.broken('never early', at, `${name} was ended by ${inv.what}, which was about another`);
    }
    this.ended(followed, ended.at, ended.reason);
  }

  /** Whoever wants a session ended whose time is up by their clock records just that. */
  private isFoundEnded(inv: Invocation, at: number, now: Seat, known: Known, ended: Ending): void {
    const { event, operatorEnds } = inv;
    const byPolicy = endOf(known);
    const isTheirs =
      event === undefined
        ? operatorEnds !== undefined && handleOf(operatorEnds) === this.say(now)
        : ['logout', 'login'].includes(event.type) &&
          known.station === event.station.id &&
          (event.session === undefined || [now.epoch, now.session?.madeAnewOf].includes(event.session.epoch));
    if (!isTheirs || ended.at !== byPolicy.at || ended.reason !== byPolicy.by || byPolicy.at > inv.now) {
      this.broken(
        'never early',
        at,
        `${this.say(now)} was found ended ${ended.reason} at ${ended.at} by ${event?.type ?? inv.what}, not ${byPolicy.by} at ${byPolicy.at}`,
      );
    }
  }

  private endsByStation(inv: Invocation, at: number, now: Seat, followed: Followed, ended: Ending): void {
    const name = this.say(now);
    const { known } = followed;
    const { event } = inv;
    if (event === undefined) return;
    followed.endedBy.push(event.id);
    const reasons: Readonly<Record<string, readonly string[]>> = {
      logout: ['logout'],
      boot: ['boot'],
      login: ['next-user', 'logout'],
    };
    const { epoch, session } = now;
    const isMeant =
      event.session === undefined ||
      event.type !== 'logout' ||
      [epoch, session?.madeAnewOf].includes(event.session.epoch);
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
    if (next === undefined || this.isSettling(at)) return;
    const slot = Math.ceil((next.at + MARGIN) / inv.policy.sweepMs) * inv.policy.sweepMs;
    if (now.session.due > slot) {
      this.broken(
        'never silent',
        at,
        `${this.say(now)}: a sweep looks at it ${now.session.due - slot} ms after its slot`,
      );
    }
  }

  private isSettling(at: number): boolean {
    const { change } = this.plan;
    const since = at - (this.cloud?.start ?? 0) - (change?.at ?? Number.POSITIVE_INFINITY);
    return since >= 0 && since < SETTLING;
  }

  private checkSeats(at: number, inv: Invocation, now: Occupied<OpenSession>): void {
    const { seats } = inv.policy;
    if (seats === 'unlimited' || this.isSettling(at)) return;
    const holding = [...(this.followedByUser.get(now.key.user) ?? [])].filter(
      ({ ended, known }) => ended === undefined && heldUntil(known) > at + SKEW,
    );
    if (holding.length > seats)
      this.broken('never two', at, `${now.key.user} holds ${holding.length} of ${seats} seats`);
  }
}

/** Where a deployment changes how many seats there are, a repeat looks elsewhere than the first did. */
const sameSeats = ({ fields, change }: Plan): boolean =>
  (fields as { seats?: unknown }).seats === (change?.fields as { seats?: unknown } | undefined)?.seats;
