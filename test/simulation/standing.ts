/** What panels must make of it that one user at a time stands there: who comes puts out who was there, and no one later. */
import type { Verdict } from '../../lib/session/commands.ts';
import { handleOf } from '../../lib/session/handle.ts';
import type { Panel, PanelAttempt } from '../../lib/session/panel.ts';
import { type Followed, Following, personOf } from './following.ts';
import type { Invocation } from './invocation.ts';
import { heldUntil } from './spec.ts';
import { Memory, type Word, wordIn } from './words.ts';

export abstract class Standing extends Following {
  private readonly panels = new Map<string, Memory>();
  /** When each word turned its panel, in the order of all that is written. */
  private readonly turnedAt = new Map<string, number>();

  private panelOf(station: string): Memory {
    const known = this.panels.get(station) ?? new Memory();
    this.panels.set(station, known);
    return known;
  }

  wrotePanel(inv: Invocation, at: number, station: string, { change }: PanelAttempt, old: Panel, now: Panel): void {
    const word = wordIn(inv);
    this.order++;
    if (word === undefined || !('word' in change) || change.word === undefined) return;
    const panel = this.panelOf(station);
    const does = `${word.key} ${change.do === 'arrive' ? 'brought somebody to' : 'turned'} the panel of ${station}`;
    if (change.do === 'arrive' || change.do === 'leave') {
      if (panel.remembers(word)) this.broken('never back from the dead', at, `${does} again`);
      if (panel.hasOvertaken(word)) this.broken('never back from the dead', at, `${does}, and was overtaken`);
    }
    if (change.do === 'arrive' && now.occupant?.user !== inv.event?.user)
      this.broken('every answer is explained', at, `${does}, which shows ${now.occupant?.user} and not ${inv.event?.user}`);
    if (old.occupant === undefined || change.do !== 'hear') this.turnedAt.set(word.key, this.order);
    panel.hear(word, 'turn', at);
  }

  /** In the order of all that is written; none if its panel has not heard it. */
  private turnOf(key: string): number | undefined {
    return this.turnedAt.get(key);
  }

  /** When its user was last heard to come. */
  private cameAt({ logins, order }: Followed): number {
    return Math.max(order, ...logins.map((key) => this.turnOf(key) ?? 0));
  }

  /** A session ended by a word that names none: it was open there before, and its user came before. */
  protected isPutOut(inv: Invocation, at: number, word: Word, followed: Followed, name: string): void {
    const turn = this.turnOf(word.key) ?? Number.POSITIVE_INFINITY;
    const came = this.turnOf(followed.openedBy) ?? followed.order;
    const { saidAt } = followed.known;
    const isNewer = came > turn || (saidAt !== undefined && word.at !== undefined && saidAt > word.at);
    if (isNewer) this.broken('never back from the dead', at, `${word.key} put out ${name}, which is newer`);
    if (inv.event?.type === 'login' && personOf(followed.key) === personOf({ realm: inv.event.station.realm, user: inv.event.user ?? '' }))
      this.broken('never early', at, `${name} was put out by its own user's login ${word.key}`);
  }

  /** Whoever said it has been answered: nobody else is left on the panel who was there before. */
  protected isAlone(inv: Invocation, at: number, answer: Verdict): void {
    const { event } = inv;
    const word = wordIn(inv);
    if (event === undefined || word === undefined || !event.station.hasPanel) return;
    if (answer.is === 'overtaken') {
      for (const one of this.at(event.station.id)) {
        if (one.openedBy === word.key && one.ended === undefined)
          this.broken('never back from the dead', at, `${this.nameOf(one)} stays open, and ${word.key} was overtaken`);
      }
      return;
    }
    const isBare = event.type === 'boot' || (event.type === 'logout' && event.session === undefined && event.user === undefined);
    if ((event.type !== 'login' && !isBare) || answer.is === 'stale') return;
    if (this.panelOf(event.station.id).hasOvertaken(word)) return;
    const turn = this.turnOf(word.key);
    if (turn === undefined) return;
    const now = Math.max(...inv.readings);
    const mine = personOf({ realm: event.station.realm, user: event.user ?? '' });
    for (const one of this.at(event.station.id)) {
      const { known, key, ended, isTold, order } = one;
      if (ended !== undefined || heldUntil(known) <= now || (!isBare && personOf(key) === mine)) continue;
      if (!isTold || order > turn || this.cameAt(one) > turn) continue;
      if (known.saidAt !== undefined && word.at !== undefined && known.saidAt > word.at) continue;
      this.broken('never late', at, `${this.nameOf(one)} stays open on the panel, and ${word.key} was answered ${answer.is}`);
    }
  }

  protected nameOf(one: Followed): string {
    return [...this.followed].find(([, other]) => other === one)?.[0] ?? handleOf({ ...one.key, epoch: 0 });
  }
}
