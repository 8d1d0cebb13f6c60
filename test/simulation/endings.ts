/** Each end of a session: by the policy, when that says so; or by somebody's doing, who meant it. */
import { handleOf } from '../../lib/session/handle.ts';
import type { Ending, Seat, SeatKey } from '../../lib/session/seat.ts';
import { type Followed, personOf } from './following.ts';
import type { Invocation, SeatWrite } from './invocation.ts';
import { SKEW } from './plan.ts';
import { endOf, type Known, MARGIN, rungOf } from './spec.ts';
import { Standing } from './standing.ts';
import { Memory, type Word, wordIn } from './words.ts';

const REASONS: Readonly<Record<string, readonly string[]>> = {
  logout: ['logout', 'next-user'],
  boot: ['boot', 'logout', 'next-user'],
  login: ['next-user', 'logout'],
};

export abstract class Endings extends Standing {
  /** By person and seat. */
  private readonly memories = new Map<string, Map<string, Memory>>();

  protected memoryOf(key: SeatKey): Memory {
    const theirs = this.memories.get(personOf(key)) ?? new Map<string, Memory>();
    this.memories.set(personOf(key), theirs);
    const known = theirs.get(key.seat) ?? new Memory();
    theirs.set(key.seat, known);
    return known;
  }

  /** Of all seats that this person ever had an item of. */
  protected memoriesOf(person: Pick<SeatKey, 'realm' | 'user'>): readonly Memory[] {
    return [...(this.memories.get(personOf(person))?.values() ?? [])];
  }

  protected forgetWords(key: SeatKey): void {
    this.memories.get(personOf(key))?.delete(key.seat);
  }

  protected ends({ inv, at, sent, now }: SeatWrite, ended: Ending): void {
    const name = this.say(now);
    const followed = this.followed.get(name);
    if (followed === undefined) return;
    const { known } = followed;
    const byPolicy = endOf(known);
    const word = wordIn(inv);
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
    else {
      if (ended.at !== known.heardAt && !sent.nows.some((instant) => instant === ended.at))
        this.broken('never early', at, `${name} ended at ${ended.at}, which was no time of whoever ended it`);
      if (word !== undefined) this.endsByStation(inv, at, now, followed, ended, word);
      else if (inv.operatorEnds === undefined || handleOf(inv.operatorEnds) !== name || ended.reason !== 'operator')
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
        : event.type in REASONS &&
          known.station === event.station.id &&
          (event.session === undefined || [now.epoch, ...known.chain].includes(event.session.epoch));
    const isUp = byPolicy.at <= Math.max(...inv.readings);
    if (!isTheirs || ended.at !== byPolicy.at || ended.reason !== byPolicy.by || !isUp) {
      this.broken(
        'never early',
        at,
        `${this.say(now)} was found ended ${ended.reason} at ${ended.at} by ${event?.type ?? inv.what}, not ${byPolicy.by} at ${byPolicy.at}`,
      );
    }
  }

  private endsByStation(inv: Invocation, at: number, now: Seat, followed: Followed, ended: Ending, word: Word): void {
    const name = this.say(now);
    const { known, openedBy } = followed;
    const { event } = inv;
    if (event === undefined) return;
    followed.endedBy.push(word.key);
    const { session, user, type, station } = event;
    const isNamed = session !== undefined && type === 'logout';
    const isMeant =
      (!isNamed || [now.epoch, ...known.chain].includes(session.epoch)) &&
      (type !== 'logout' ||
        session !== undefined ||
        user === undefined ||
        ended.reason === 'next-user' ||
        user === now.key.user);
    if (known.station !== station.id || !isMeant || !REASONS[type]?.includes(ended.reason)) {
      this.broken('never early', at, `${name} ended ${ended.reason} by ${word.key}, which was about another`);
    }
    if (rungOf(known, Math.min(...inv.readings)) === 'ended')
      this.broken('never silent', at, `${name} had ended already, and ended ${ended.reason}`);
    if (isNamed || openedBy === word.key) {
      // It says which session it means, or takes back what it opened.
    } else if (type === 'logout' && user !== undefined) {
      const memory = this.memoryOf(now.key);
      if (this.repeats(memory, word))
        this.broken('never back from the dead', at, `${word.key} was heard before, and ended ${name}`);
      if (this.isOvertaken(memory, word))
        this.broken('never back from the dead', at, `${word.key} was overtaken, and ended ${name}`);
      this.isFirstEnd(at, word, name);
    } else this.isPutOut(inv, at, word, followed, ended.reason);
    this.endedBy.set(word.key, (this.endedBy.get(word.key) ?? new Set()).add(name));
  }

  /** A delivery that ends a second session is a repeat that was not recognised. */
  private isFirstEnd(at: number, word: Word, name: string): void {
    for (const other of this.endedBy.get(word.key) ?? []) {
      const before = this.followed.get(other);
      if (other !== name && before !== undefined && this.repeats(this.memoryOf(before.key), word))
        this.broken('never back from the dead', at, `${word.key} ended ${other} and now ${name}`);
    }
  }
}
