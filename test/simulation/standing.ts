/** What panels must make of it that one user at a time stands there: who comes puts out who was there, and no one later. */
import type { Verdict } from '../../lib/session/commands.ts';
import type { Panel, PanelAttempt } from '../../lib/session/panel.ts';
import { type Followed, Following, personOf } from './following.ts';
import type { Invocation } from './invocation.ts';
import { SKEW } from './plan.ts';
import { heldUntil, MARGIN } from './spec.ts';
import { Memory, type Word, wordIn } from './words.ts';

export abstract class Standing extends Following {
  private readonly panels = new Map<string, Memory>();
  /** When each word turned its panel, in the order of all that is written. */
  private readonly turnedAt = new Map<string, number>();

  private readonly turnedTime = new Map<string, number>();
  /** When it was said, as its panel heard it. */
  private readonly turnedDate = new Map<string, number>();
  /** In which realm its station was then. */
  private readonly turnedIn = new Map<string, string>();
  private readonly lastTurn = new Map<string, number>();
  /** The last few turns of each panel, the newest first. */
  private readonly turns = new Map<string, { readonly key: string; readonly order: number; readonly at: number }[]>();

  private panelOf(station: string): Memory {
    const known = this.panels.get(station) ?? new Memory();
    this.panels.set(station, known);
    return known;
  }

  wrotePanel(inv: Invocation, at: number, station: string, { change }: PanelAttempt, now: Panel): void {
    const word = wordIn(inv);
    this.order++;
    if (word === undefined || !('word' in change) || change.word === undefined) return;
    const panel = this.panelOf(station);
    const does = `${word.key} ${change.do === 'arrive' ? 'brought somebody to' : 'turned'} the panel of ${station}`;
    const isBack = change.do === 'arrive' && now.occupant?.user !== inv.event?.user;
    if (isBack && this.turnedAt.get(word.key) === undefined)
      this.broken('every answer is explained', at, `${does}, which shows ${now.occupant?.user}`);
    // It is a repeat after all: whom it displaced is there again.
    if (isBack) {
      const isPast = (this.turnedAt.get(word.key) ?? 0) < (this.lastTurn.get(station) ?? 0);
      for (const one of isPast ? this.at(station) : []) one.cameTooLate ||= one.key.user === inv.event?.user;
      this.turnedAt.delete(word.key);
      panel.hear(word, 'turn', at);
      return;
    }
    if (change.do === 'arrive' || change.do === 'leave') {
      if (this.repeats(panel, word)) this.broken('never back from the dead', at, `${does} again`);
      if (this.isOvertaken(panel, word)) this.broken('never back from the dead', at, `${does}, and was overtaken`);
    }
    this.turnedAt.set(word.key, this.order);
    this.turnedTime.set(word.key, at);
    if (word.at !== undefined) this.turnedDate.set(word.key, word.at);
    this.turnedIn.set(word.key, inv.event?.station.realm ?? '');
    if (change.do !== 'hear') {
      this.lastTurn.set(station, this.order);
      const before = this.turns.get(station) ?? [];
      // What opens while this is under way may not be seen by it, nor by whoever comes after.
      for (const one of this.at(station))
        one.cameTooLate ||= one.writtenAt > inv.startedAt && one.openedBy !== word.key;
      this.turns.set(station, [{ key: word.key, order: this.order, at }, ...before].slice(0, 8));
    }
    panel.hear(word, 'turn', at);
  }

  /** In the order of all that is written; none if its panel has not heard it. */
  private turnOf(key: string): number | undefined {
    return this.turnedAt.get(key);
  }

  /** It takes a session's place: its panel must not have known then that it is out of order. */
  protected mayPutOut(word: Word, inv: Invocation, at: number): void {
    const turned = this.turnedTime.get(word.key) ?? at;
    const panel = this.panelOf(word.station);
    if (turned >= inv.startedAt && this.isOvertaken(panel, word, inv.startedAt))
      this.broken('never early', at, `${word.key} took a session's place, and was overtaken`);
  }

  protected hasPanelHeard(word: Word): boolean {
    return this.panelOf(word.station).repeats(word) !== 'never';
  }

  protected hasPanelOvertaken(word: Word): boolean {
    return this.panelOf(word.station).overtook(word) !== 'never' || this.hasBeenFollowed(word);
  }

  /** Each time that it is heard a date that is ahead counts for more: the panel's was the first. */
  private saidAt({ known: { saidAt }, openedBy }: Followed): number | undefined {
    return saidAt === undefined ? undefined : Math.min(saidAt, this.turnedDate.get(openedBy) ?? saidAt);
  }

  /** Whether its panel has seen others come or go since it heard this. */
  protected hasBeenFollowed({ key, station }: Word): boolean {
    const turn = this.turnOf(key);
    return turn !== undefined && turn < (this.lastTurn.get(station) ?? 0);
  }

  /** Whether its station was in another realm when its panel heard this. */
  protected hasMoved({ key }: Pick<Word, 'key'>, realm: string): boolean {
    return (this.turnedIn.get(key) ?? realm) !== realm;
  }

  /** When its user was last heard to come. */
  private cameAt({ logins, order }: Followed): number {
    return Math.max(order, ...logins.map((key) => this.turnOf(key) ?? 0));
  }

  /** A session ended by a word that names none: it was open there before, and its user came before. */
  protected isPutOut(inv: Invocation, at: number, word: Word, followed: Followed, reason: string): void {
    const { name } = followed;
    // A word that the panel has forgotten is yet to be heard.
    const isNews = !this.repeats(this.panelOf(word.station), word);
    const turn = (isNews ? undefined : this.turnOf(word.key)) ?? Number.POSITIVE_INFINITY;
    const came = this.turnOf(followed.openedBy) ?? followed.order;
    const saidAt = this.saidAt(followed);
    // A login that its panel never heard was not answered either: nothing is known there of its date.
    const isKnown = this.turnOf(followed.openedBy) !== undefined;
    // It pays what another word left owed, which came between.
    const isOwed = (this.turns.get(word.station) ?? []).some(
      ({ key, order }) => key !== word.key && order > this.cameAt(followed),
    );
    const isNewer =
      came > turn || (isKnown && !isOwed && saidAt !== undefined && word.at !== undefined && saidAt > word.at);
    // So late that it may still be from before, by some clock.
    const isComeback = followed.known.openedAt - MARGIN - 2 * SKEW <= (this.turnedTime.get(word.key) ?? at);
    if (isNewer && !this.leavesOut('underWay', isComeback && came > turn))
      this.broken('never back from the dead', at, `${word.key} put out ${name}, which is newer`);
    const isTheirs =
      inv.event?.type === 'login' &&
      personOf(followed.key) === personOf({ realm: inv.event.station.realm, user: inv.event.user ?? '' });
    const isAlone =
      isTheirs && reason === 'next-user' && (this.lastTurn.get(word.station) ?? 0) <= this.cameAt(followed);
    const isAtOnce = followed.cameTooLate || followed.writtenAt > inv.startedAt;
    if (
      isAlone &&
      !this.leavesOut('underWay', isAtOnce) &&
      !this.leavesOut('moved', this.hasMoved(word, followed.key.realm))
    )
      this.broken('never early', at, `${name} was put out by its own user's login ${word.key}`);
  }

  /** Whoever said it has been answered: nobody else is left on the panel who was there before. */
  protected isAlone(inv: Invocation, at: number, answer: Verdict): void {
    const { event } = inv;
    const word = wordIn(inv);
    if (event === undefined || word === undefined || !event.station.hasPanel) return;
    if (answer.is === 'overtaken') {
      for (const one of this.at(event.station.id)) {
        const isLeft = one.openedBy === word.key && one.ended === undefined;
        if (isLeft && !this.leavesOut('moved', one.key.realm !== event.station.realm || this.hasOtherSeats(at)))
          this.broken('never back from the dead', at, `${one.name} stays open, and ${word.key} was overtaken`);
      }
      return;
    }
    const isBare =
      event.type === 'boot' || (event.type === 'logout' && event.session === undefined && event.user === undefined);
    if ((event.type !== 'login' && !isBare) || answer.is === 'stale') return;
    const panel = this.panelOf(event.station.id);
    const isNew = (this.turnedTime.get(word.key) ?? at) >= inv.startedAt;
    if (answer.is === 'opened' && isNew && this.isOvertaken(panel, word, inv.startedAt))
      this.broken('never back from the dead', at, `${word.key} has opened a session, and was overtaken`);
    if (this.isOvertaken(panel, word)) return;
    const turn = this.turnOf(word.key);
    if (turn === undefined) return;
    const now = Math.max(...inv.readings);
    const mine = personOf({ realm: event.station.realm, user: event.user ?? '' });
    for (const one of this.at(event.station.id)) {
      const { known, key, ended, isTold, order, cameTooLate } = one;
      if (ended !== undefined || heldUntil(known) <= now || (!isBare && personOf(key) === mine)) continue;
      if (!isTold || order > turn || this.cameAt(one) > turn) continue;
      const saidAt = this.saidAt(one);
      if (saidAt !== undefined && word.at !== undefined && saidAt > word.at) continue;
      const wasMoved = this.hasMoved({ key: one.openedBy }, key.realm);
      const isMoved = this.hasOtherSeats(at) || this.hasMoved(word, event.station.realm) || wasMoved;
      const isBetween = (this.turns.get(event.station.id) ?? []).some(
        ({ key, order, at: when }) => key !== word.key && order > this.cameAt(one) && when > inv.startedAt,
      );
      if (this.leavesOut('underWay', cameTooLate || isBetween) || this.leavesOut('moved', isMoved)) continue;
      this.broken('never late', at, `${one.name} stays open on the panel, and ${word.key} was answered ${answer.is}`);
    }
  }
}
