/** What every write of a seat's item must be: explained by what was said, and by no other time than its own. */
import { isEnded, isOpen, type Occupied, type OpenSession, type Seat } from '../../lib/session/seat.ts';
import type { EpochMs } from '../../lib/time.ts';
import { Endings } from './endings.ts';
import type { Followed } from './following.ts';
import type { Invocation, SeatWrite } from './invocation.ts';
import { SKEW } from './plan.ts';
import {
  active,
  differences,
  endOf,
  heard,
  heldUntil,
  isLate,
  jobSaid,
  type Known,
  MARGIN,
  opened,
  rungOf,
  wayDown,
} from './spec.ts';
import { idOf } from './table.ts';
import { type Word, wordIn } from './words.ts';

export abstract class Writes extends Endings {
  /** Each seat's newest, whatever has become of its item. */
  private readonly epochs = new Map<string, number>();

  wrote(write: SeatWrite): void {
    const { inv, at, key, attempt, old, now } = write;
    const { change } = attempt;
    const epoch = this.epochs.get(idOf(key)) ?? 0;
    if (now.epoch < epoch) this.broken('epochs only grow', at, `${idOf(key)}: ${epoch} to ${now.epoch}`);
    this.epochs.set(idOf(key), now.epoch);
    this.order++;
    const isSame = old?.epoch === now.epoch && old.session !== undefined;
    if (isOpen(now) && !isSame) this.opens(write, now);
    else if (isOpen(old) && isSame && isOpen(now)) this.goesOn(write, old, now);
    else if (isOpen(old) && isSame && isEnded(now)) this.ends(write, now.session.ended);
    else if (isOpen(old)) this.broken('never early', at, `${this.say(old)} vanished by ${change.do}`);

    const word = wordIn(inv);
    if (word === undefined || word.type === 'ping') return;
    // A login pays what its own user left owed before it is heard itself.
    const isPaid = word.type === 'login' && change.do === 'end' && key.user === inv.event?.user;
    const isTakenBack = this.openedBy.get(word.key) === this.say(now);
    const heard = isPaid && !isTakenBack ? { ...word, key: `${word.key} pays` } : word;
    if ('word' in change || 'heard' in change) this.memoryOf(key).hear(heard, KINDS[change.do] ?? 'turn', at);
  }

  /** Garbage collection ends nothing: what it takes has ended long since, and was announced. */
  collected(at: EpochMs, old: Seat): void {
    if (isOpen(old)) this.broken('nothing leaks', at, `${this.say(old)} was still open when it was garbage-collected`);
    this.forgetWords(old.key);
  }

  private opens({ inv, at, sent, old }: SeatWrite, now: Occupied<OpenSession>): void {
    const { event } = inv;
    const word = wordIn(inv);
    const name = this.say(now);
    if (event === undefined || word === undefined || !['login', 'activity', 'job-started'].includes(event.type)) {
      this.broken('never back from the dead', at, `${name} was opened by ${event?.type ?? inv.what}`);
      return;
    }
    const { policy, station } = event;
    const { session } = now;
    const instant = session.openedAt;
    const isLogin = event.type === 'login';
    this.isOfNow(at, sent.nows, instant, name);
    this.isNews(inv, at, word, now, instant);

    const prior = isOpen(old) ? this.followed.get(this.say(old)) : undefined;
    if (old !== undefined && prior !== undefined) this.gaveWay(inv, at, instant, prior, now);
    if (!isLogin) {
      const rung = prior === undefined ? 'ended' : rungOf(prior.known, instant);
      if (rung !== 'failover' && rung !== 'remembered') {
        this.broken('never back from the dead', at, `${name} was made anew of a session that was ${rung}`);
      }
      if (prior !== undefined && prior.known.station !== station.id) {
        this.broken('never back from the dead', at, `${name} was made anew of ${prior.known.station}'s`);
      }
    }
    const loggedOnAt = isLogin ? instant : (prior?.known.loggedOnAt ?? Number.NaN);
    const known = opened({
      policy,
      station,
      at: instant,
      loggedOnAt,
      saidAt: word.at,
      pingedAt: isLogin ? word.signedAt : prior?.known.pingedAt,
      ...(isLogin || prior === undefined || old === undefined ? {} : { chain: [...prior.known.chain, old.epoch] }),
      ...(event.type === 'job-started' ? { job: { name: event.job } } : {}),
    });
    const facts = [
      [session.station, station.id],
      [session.loggedOnAt, loggedOnAt],
      [now.key.realm, station.realm],
      [now.key.user, event.session?.user ?? event.user ?? now.key.user],
      [session.rung, 'active'],
    ];
    for (const [is, should] of facts)
      if (is !== should) this.broken('every answer is explained', at, `${name} has ${is} for ${should}`);
    const follow: Followed = {
      name,
      known,
      key: now.key,
      openedBy: word.key,
      endedBy: [],
      order: this.order,
      writtenAt: at,
      logins: [word.key],
      cameTooLate: station.hasPanel && this.hasBeenFollowed(word),
      isTold: false,
      expected: [],
      announced: [],
      rung: 'active',
    };
    const from = isLogin || prior === undefined ? 'opened' : `resumed from ${rungOf(prior.known, instant)}`;
    follow.expected.push(`${from}@${instant}`);
    this.follow(name, follow);
    this.openedBy.set(word.key, name);
    this.compare(at, inv, follow, now);
    this.checkSeats(at, policy.seats, now);
  }

  /** What it says for now, its clock said a moment ago: a write must not land long after the instant that it counts from. */
  private isOfNow(at: number, nows: readonly EpochMs[], instant: EpochMs, name: string): void {
    if (!nows.includes(instant))
      this.broken('never late', at, `${name} was written ${at - instant} ms after the instant that it counts from`);
  }

  /** What opens a session has not been heard before, nothing later has been said, and it is not late. */
  private isNews(inv: Invocation, at: number, word: Word, now: Occupied<OpenSession>, instant: number): void {
    const { event } = inv;
    if (event === undefined) return;
    const { policy, station } = event;
    const name = this.say(now);
    const opens = `${word.key} opened ${name}`;
    const memory = this.memoryOf(now.key);
    if (this.repeats(memory, word)) this.broken('never back from the dead', at, `${opens}, and had been heard there`);
    const before = this.openedBy.get(word.key);
    const other = before === undefined ? undefined : this.followed.get(before);
    const isElsewhere = other !== undefined && idOf(other.key) !== idOf(now.key);
    if (isElsewhere && this.repeats(this.memoryOf(other.key), word)) {
      // Of several seats: was the first one there when this one looked?
      const isCopy = policy.seats !== 1 && other.writtenAt > inv.startedAt;
      const isMoved = other.key.realm !== now.key.realm || this.hasOtherSeats(at);
      if (!this.leavesOut('moved', isMoved) && !this.leavesOut('copies', isCopy))
        this.broken('never back from the dead', at, `${opens}, and before ${before}`);
    }
    const isAlone = policy.seats === 1 || (policy.seats === 'unlimited' && station.hasPanel);
    const isOvertaken =
      isAlone || event.type !== 'login'
        ? this.isOvertaken(memory, word)
        : this.isOvertaken(this.memoryOf({ ...now.key, seat: 'words' }), word, inv.startedAt);
    // A login of this very moment is not looked up.
    const isNow = !isAlone && policy.seats === 'unlimited' && (word.at ?? 0) >= instant - MARGIN;
    if (isOvertaken && !this.leavesOut('underWay', isNow))
      this.broken('never back from the dead', at, `${opens}, and was overtaken`);
    if (word.isDated && word.at !== undefined && isLate(policy, station, word.at, instant))
      this.broken('never back from the dead', at, `${opens} ${instant - word.at} ms after it was said`);
  }

  /** A session that was open gives way to another: had it lost the seat by every clock, or was it taken over? */
  private gaveWay(inv: Invocation, at: number, opens: number, prior: Followed, now: Occupied<OpenSession>): void {
    const { event } = inv;
    const held = heldUntil(prior.known);
    const isMine = prior.known.station === event?.station.id;
    const wish = event?.type === 'login' ? event.takeOver : undefined;
    const takeOver = event?.policy.takeOver;
    const mayTakeOver =
      event?.type === 'login' &&
      (takeOver === 'replace' || (takeOver === 'offer' && wish !== undefined && wish !== false));
    if (held > at - SKEW && !(isMine && held <= opens) && !mayTakeOver) {
      this.broken('never two', at, `${this.say(now)} took a seat that was held until ${held - at} ms from now`);
    }
    const end = endOf(prior.known);
    if (end.at <= opens) this.ended(prior, end.at, end.by);
    else if (held <= opens) this.ended(prior, opens, event?.type === 'login' ? 'superseded' : 'made-anew');
    else {
      this.ended(prior, Math.max(opens, prior.known.heardAt), 'taken-over');
      const word = wordIn(inv);
      if (word !== undefined && event?.station.hasPanel) this.mayPutOut(word, inv, at);
    }
  }

  private goesOn(write: SeatWrite, old: Occupied<OpenSession>, now: Occupied<OpenSession>): void {
    const { inv, at, attempt } = write;
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
    this.renews(write, followed, now);
    this.compare(at, inv, followed, now, true);
  }

  private renews({ inv, at, sent }: SeatWrite, followed: Followed, now: Occupied<OpenSession>): void {
    const { event } = inv;
    const word = wordIn(inv);
    if (event === undefined || word === undefined) return;
    const { known } = followed;
    const { station, policy, type, session, user, job } = event;
    const name = this.say(now);
    const speaksOf = session === undefined || [now.epoch, now.session.madeAnewOf].includes(session.epoch);
    const isTheirs = known.station === station.id && now.key.realm === station.realm;
    if (!isTheirs || !speaksOf || (user !== undefined && user !== now.key.user)) {
      this.broken('never back from the dead', at, `${name} was renewed by ${station.id}, who spoke of another`);
      return;
    }
    const { heardAt } = now.session;
    if (heardAt !== known.heardAt) this.isOfNow(at, sent.nows, heardAt, name);
    const clock = Math.max(heardAt, ...sent.nows);
    const instant = heardAt === known.heardAt && rungOf(known, clock) === 'lingering' ? clock : heardAt;
    const rung = rungOf(known, instant);
    if (rung !== 'active' && rung !== 'lingering') {
      this.broken('never back from the dead', at, `${name} was renewed while it was ${rung}`);
      return;
    }
    this.isHeardOnce(at, word, followed, now);
    if (rung === 'lingering') this.expect(followed, instant);
    if (type === 'ping') known.pingedAt = Math.max(known.pingedAt, word.signedAt ?? 0);
    const { jobAt } = known;
    const isJob = type === 'job-started' || type === 'job-ended';
    const shows = isJob ? jobSaid(known, policy, { type, name: job, at: word.at }, instant) : type !== 'ping';
    if (rung === 'lingering') {
      // It says nothing of its user: it is kept, and moves nothing.
      if (!shows) {
        known.jobAt = jobAt;
        return;
      }
      followed.expected.push(`resumed from lingering@${instant}`);
      followed.rung = 'active';
    }
    if (type === 'login') {
      followed.logins.push(word.key);
      known.loggedOnAt = instant;
      if (policy.logonTokenMs !== undefined && !station.hasPanel) known.rememberedUntil = instant + policy.logonTokenMs;
    }
    if (shows) active(known, policy, station, instant);
    else heard(known, policy, station, instant);
  }

  private isHeardOnce(at: number, word: Word, { key, known }: Followed, now: Occupied<OpenSession>): void {
    const renews = `${word.key} renewed ${this.say(now)}`;
    const { type, signedAt } = word;
    if (type === 'ping') {
      if (signedAt !== undefined && signedAt <= known.pingedAt)
        this.broken('never back from the dead', at, `${renews}, and one that was signed later had been heard`);
      return;
    }
    const memory = this.memoryOf(key);
    if (this.repeats(memory, word)) this.broken('never back from the dead', at, `${renews} again`);
    if (!this.isOvertaken(memory, word)) return;
    const isLingering = rungOf(known, now.session.heardAt) === 'lingering';
    if (type === 'login' || signedAt !== undefined || isLingering)
      this.broken('never back from the dead', at, `${renews}, and was overtaken`);
  }

  /** The item's numbers are what was heard, and a sweep comes in time for the next of them. */
  private compare(
    at: number,
    { realms }: Invocation,
    { known, key }: Followed,
    now: Occupied<OpenSession>,
    isHeard = false,
  ): void {
    for (const wrong of differences(known, now.session.deadlines)) {
      this.broken('never late', at, `${this.say(now)}: ${wrong}`);
    }
    const next = wayDown(known).find((change) => change.at > at);
    const sweepMs = this.isSettling(at) ? this.longestSlot() : realms.get(key.realm)?.sweepMs;
    // What an earlier policy had put off is called back by the first word.
    if (next === undefined || sweepMs === undefined || (!isHeard && this.isSettling(at))) return;
    const slot = Math.ceil((next.at + MARGIN) / sweepMs) * sweepMs;
    if (now.session.due > slot) {
      this.broken(
        'never silent',
        at,
        `${this.say(now)}: a sweep looks at it ${now.session.due - slot} ms after its slot`,
      );
    }
  }

  private checkSeats(at: number, seats: number | 'unlimited', now: Occupied<OpenSession>): void {
    if (seats === 'unlimited' || this.isSettling(at)) return;
    const holding = this.ofUser(now.key).filter(
      ({ ended, known }: { ended?: unknown; known: Known }) => ended === undefined && heldUntil(known) > at + SKEW,
    );
    if (holding.length > seats)
      this.broken('never two', at, `${now.key.user} holds ${holding.length} of ${seats} seats`);
  }
}

const KINDS: Readonly<Record<string, 'arrival' | 'turn' | 'other'>> = { open: 'arrival', renew: 'other' };
