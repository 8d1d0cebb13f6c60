/** The promises, each held against everything that happens in the simulated world, as it happens and when all is quiet. */
import type { Verdict } from '../../lib/session/commands.ts';
import { handleOf, parseHandle } from '../../lib/session/handle.ts';
import type { Entry } from '../../lib/session/journal.ts';
import { debtsOn } from '../../lib/session/panel.ts';
import type { Past, SeatKey, SessionName } from '../../lib/session/seat.ts';
import { type EpochMs, MINUTE } from '../../lib/time.ts';
import { BACKSTOP, type Cloud } from './cloud.ts';
import { type Followed, lastOf, personOf, tellingOf } from './following.ts';
import type { Invocation, Witness } from './invocation.ts';
import { SKEW, type Spell } from './plan.ts';
import { endOf, heldUntil, isLate, MARGIN, rungOf } from './spec.ts';
import { wordIn } from './words.ts';
import { Writes } from './writes.ts';

/** The Scheduler's precision, the lead that it is given (rounded up to itself), clocks apart, and the journal's turn. */
const TIMER = MINUTE + 10_000 + 2 * SKEW + 5_000;

/** The longest from a function's reading of the clock to its answer: it is stopped then. */
const IN_FLIGHT = 10_000;

export class Promises extends Writes implements Witness {
  // --- answers

  answered(inv: Invocation, at: EpochMs, answer: Verdict): void {
    this.verdicts.set(answer.is, (this.verdicts.get(answer.is) ?? 0) + 1);
    const { event } = inv;
    this.isForGood(inv, at, answer);
    if (event === undefined) return;
    const { policy } = event;
    if ('seat' in answer && event.type === 'login') {
      const told = this.followed.get(this.say(answer.seat));
      if (told !== undefined) told.isTold ||= told.openedBy === wordIn(inv)?.key;
    }
    this.isAlone(inv, at, answer);
    this.isExplained(inv, at, answer);
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
          this.tighter(`${policy.profile}${known.jobs.running() > 0 ? ', while a job runs' : ''}`, share);
      }
      if (policy.seats === 1 && answer.holders.some(({ session }) => session.station === event.station.id)) {
        this.broken(
          'every answer is explained',
          at,
          `${event.user} was refused for their own session at ${event.station.id}`,
        );
      }
      const wish = event.takeOver;
      const word = wordIn(inv);
      const isPast =
        word !== undefined &&
        (this.hasBeenFollowed(word) || this.leavesOut('moved', this.hasMoved(word, event.station.realm)));
      if (!isPast && (policy.takeOver === 'replace' || (policy.takeOver === 'offer' && wish === true))) {
        this.broken('every answer is explained', at, `${event.user} was refused although a take-over was due`);
      }
      if (policy.seats !== 'unlimited' && answer.holders.length !== policy.seats) {
        this.broken('every answer is explained', at, `${answer.holders.length} holders for ${policy.seats} seats`);
      }
    }
    if (answer.is === 'gone' && answer.past !== undefined) this.wasGone(inv, at, answer.past);
    if ((answer.is === 'gone' || answer.is === 'stale') && event.type === 'logout' && event.session !== undefined) {
      const left = this.followed.get(handleOf(event.session));
      const rung = left?.ended === undefined && left !== undefined ? rungOf(left.known, inv.now) : 'ended';
      if (rung === 'failover' || rung === 'remembered') {
        this.broken(
          'never back from the dead',
          at,
          `${handleOf(event.session)} was logged out and can still be made anew`,
        );
      }
    }
    const won = inv.won.length > 0;
    if (['renewed', 'resumed', 'made-anew', 'logged-on-anew'].includes(answer.is) && !won) {
      this.broken('every answer is explained', at, `${event.type} was answered ${answer.is}, and nothing was written`);
    }
    if (answer.is === 'opened') {
      const openedBy = this.followed.get(this.say(answer.seat))?.openedBy;
      const word = wordIn(inv)?.key;
      if (openedBy !== word)
        this.broken('every answer is explained', at, `${word} was told that it opened what ${openedBy} did`);
    }
    if ('seat' in answer && answer.seat !== undefined && answer.seat.session.station !== event.station.id) {
      this.broken(
        'every answer is explained',
        at,
        `${event.station.id} was told of ${answer.seat.session.station}'s session`,
      );
    }
  }

  /** Who wanted it ended and is told that its time is up may rely on that: it is recorded. */
  private isForGood(inv: Invocation, at: number, answer: Verdict): void {
    const wantsEnd = inv.operatorEnds !== undefined || inv.event?.type === 'logout' || inv.event?.type === 'boot';
    if (!wantsEnd || answer.is !== 'gone' || answer.past === undefined) return;
    const name = handleOf(answer.past.name);
    const followed = this.followed.get(name);
    if (followed !== undefined && followed.ended === undefined)
      this.broken('never back from the dead', at, `${name} was told to have ended, and nobody has recorded that`);
  }

  /** Each answer by which nothing was done has its reason in what was said before; what may have overtaken something is kept. */
  private isExplained(inv: Invocation, at: number, answer: Verdict): void {
    const { event } = inv;
    const word = wordIn(inv);
    if (event === undefined || word === undefined) return;
    const { type, station, policy, session, user } = event;
    const told = `${word.key} was told ${answer.is}`;
    const person = { realm: station.realm, user: session?.user ?? user ?? '' };
    const memories = this.memoriesOf(person);
    if (answer.is === 'overtaken') {
      const isWords = policy.seats !== 1 && !station.hasPanel;
      const known = isWords ? [this.memoryOf({ ...person, seat: 'words' })] : memories;
      const isPast = known.some((memory) => memory.overtook(word) !== 'never') || this.hasPanelOvertaken(word);
      const isLateNow = word.isDated && isLate(policy, station, word.at ?? 0, Math.max(...inv.readings));
      const isMoved = this.leavesOut('moved', this.hasMoved(word, station.realm) || this.hasOtherSeats(at));
      if (!isPast && !isLateNow && !isMoved && !memories.some((memory) => memory.repeats(word) !== 'never'))
        this.broken('every answer is explained', at, `${told}, and nothing later had been said`);
    }
    const isSign = type === 'activity' || type === 'job-started' || type === 'job-ended';
    const wasHeard = memories.some((memory) => memory.repeats(word) !== 'never');
    if (
      isSign &&
      (session ?? user) !== undefined &&
      answer.is === 'repeated' &&
      !wasHeard &&
      word.signedAt === undefined
    )
      this.broken('every answer is explained', at, `${told}, and was not heard before`);
    // It speaks of a user and of no session, and nothing of theirs was ended.
    const isKept = type === 'logout' && session === undefined && user !== undefined && word.at !== undefined;
    const endsNothing = answer.is === 'nothing-open' || (answer.is === 'gone' && !station.hasPanel);
    const isHeardThere = wasHeard || (station.hasPanel && (this.hasPanelHeard(word) || this.hasPanelOvertaken(word)));
    if (isKept && endsNothing && !isHeardThere && !memories.some((memory) => memory.overtook(word) !== 'never'))
      this.broken('never back from the dead', at, `${told}, and is not kept`);
    if (type !== 'logout' || session === undefined || (answer.is !== 'stale' && answer.is !== 'gone')) return;
    const left = this.ofUser(person).find(
      ({ key, known, ended }) =>
        ended === undefined &&
        key.seat === session.seat &&
        known.station === station.id &&
        known.chain.includes(session.epoch) &&
        endOf(known).at > Math.max(...inv.readings),
    );
    if (left !== undefined)
      this.broken(
        'never back from the dead',
        at,
        `${told} of ${handleOf(session)}, and what it was made anew of goes on`,
      );
  }

  private wasGone(inv: Invocation, at: number, { name, ended }: Past): void {
    const followed = this.followed.get(handleOf(name));
    if (followed === undefined) return;
    const end = followed.ended ?? ended;
    // Of a session in its last moments one clock says that it has ended, and another that it has not.
    const now = Math.max(...inv.readings);
    const isLastMoment = ended.at <= now && ended.at > at - 2 * SKEW - IN_FLIGHT;
    if (followed.ended === undefined && endOf(followed.known).at > now && !this.leavesOut('lastMoment', isLastMoment)) {
      this.broken('never early', at, `${handleOf(name)} was said to have ended, but goes on`);
    }
    // Told by the clock that was ahead; then ended by hand, by one that was behind.
    const isNear = ended.by === 'policy' && end.at <= ended.at && ended.at - end.at <= 2 * SKEW + IN_FLIGHT;
    if (followed.ended !== undefined && !isNear && (ended.at !== end.at || ended.reason !== end.reason)) {
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

  /**
   * Within a slot and the backstop's time; where something went wrong, counted from the end of all faults. A session that
   * was open when a deployment changed its policy may have been looked at by the slot of the one before.
   */
  private inTime(entry: Entry, at: number): void {
    const isPoisoned = this.plan.rates.poison > 0 && entry.name.user === this.plan.users[0];
    const isCalm = this.isCalm() && !isPoisoned;
    const trouble = isCalm ? 0 : this.plan.fleet === undefined ? this.healedAt : this.troubleSince(entry.at, at);
    const from = Math.max(entry.at, trouble) + MARGIN + this.longestSlot();
    const latest = from + (isCalm && this.plan.change === undefined ? TIMER : BACKSTOP + MINUTE);
    if (at > latest) {
      this.broken(
        'never silent',
        at,
        `${tellingOf(entry)} of ${handleOf(entry.name)} was announced ${at - latest} ms too late`,
      );
    }
  }

  /** The end of the last of a fleet's troubles that came in between. */
  private troubleSince(from: number, until: number): number {
    const { outages, change, fleet } = this.plan;
    const start = this.cloud?.start ?? 0;
    const troubles: Pick<Spell, 'from' | 'until'>[] = [...outages, ...(fleet?.spells ?? [])];
    // Until its containers are new, nobody sweeps the shards that a deployment adds.
    if (change !== undefined) troubles.push({ from: change.at, until: change.at + MINUTE });
    return troubles
      .map((trouble) => ({ from: trouble.from + start, until: Math.min(trouble.until + start, this.healedAt) }))
      .filter((trouble) => trouble.from <= until && trouble.until >= from)
      .reduce((latest, trouble) => Math.max(latest, trouble.until), 0);
  }

  private isCalm(): boolean {
    const { poison: _, ...rates } = this.plan.rates;
    if (this.plan.fleet !== undefined && this.plan.fleet.spells.length > 0) return false;
    return this.plan.outages.length === 0 && Object.values(rates).every((rate) => rate === 0);
  }

  // --- when all is quiet

  async whenQuiet(cloud: Cloud): Promise<void> {
    const at = cloud.agenda.now;
    for (const seat of cloud.openSeats()) this.broken('nothing leaks', at, `${this.say(seat)} is still open`);
    if (cloud.undelivered() > 0) this.broken('nothing leaks', at, `${cloud.undelivered()} changes are not announced`);
    if (cloud.armedTimers() > 0) this.broken('nothing leaks', at, `${cloud.armedTimers()} timers are left`);
    await this.settle(cloud, [...this.followed]);
    // It is a hint: the journal is not held back by a panel that cannot be written.
    const panels = this.isCalm() ? this.plan.stations : [];
    for (const { id } of panels) {
      const { occupant, ...panel } = cloud.panel(id);
      const shown = occupant && this.followed.get(handleOf({ ...occupant, seat: '0' }));
      if (shown?.known.station === id)
        this.broken('nothing leaks', at, `the panel of ${id} shows ${occupant?.user}, who has left`);
      for (const { leaver } of debtsOn(panel)) {
        const owed = this.followed.get(handleOf({ ...leaver, seat: '0' }));
        if (owed?.known.station === id)
          this.broken(
            'nothing leaks',
            at,
            `the panel of ${id} owes the end of what ${leaver.user} had, which has ended`,
          );
      }
    }
  }

  /** Forgets what ended before this instant, so long ago that nothing speaks of it any more, once all is as it should be. */
  async forget(cloud: Cloud, endedBefore: number): Promise<void> {
    const old = [...this.followed].filter(([, one]) => lastOf(one) < endedBefore);
    await this.settle(cloud, old);
    for (const [name, one] of old) {
      this.unfollow(name, one);
      cloud.archive.forget(parseHandle(name) as SessionName);
    }
  }

  /** Each is once in history, and everything has been said of it. */
  private async settle(cloud: Cloud, sessions: readonly (readonly [string, Followed])[]): Promise<void> {
    const at = cloud.agenda.now;
    const kept = await this.kept(cloud, new Map(sessions.map(([, { key }]) => [personOf(key), key])));
    for (const [name, { known, ended, expected, announced }] of sessions) {
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
  }

  private async kept({ archive }: Cloud, people: ReadonlyMap<string, SeatKey>): Promise<Map<string, Past[]>> {
    const kept = new Map<string, Past[]>();
    for (const { realm, user } of people.values()) {
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await archive.history.ofUser(realm, user, {
          limit: 100,
          ...(cursor === undefined ? {} : { cursor }),
        });
        for (const past of page.items) kept.set(handleOf(past.name), [...(kept.get(handleOf(past.name)) ?? []), past]);
        cursor = page.cursor;
      }
    }
    return kept;
  }

  /** Where slots have another length since, one that was right before may look wrong. */
  complained(at: EpochMs, error: unknown): void {
    if (!this.isSettling(at))
      this.broken('no law is broken', at, error instanceof Error ? error.message : String(error));
  }

  broke(inv: Invocation, error: unknown): void {
    const at = this.cloud?.agenda.now ?? 0;
    this.broken(
      'no function throws',
      at,
      `${inv.what} ${inv.event?.type ?? ''}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
