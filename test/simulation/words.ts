/** What was said, and what a seat or a panel has heard of it: all of it. Written apart from lib/session/word.ts. */
import { DAY } from '../../lib/time.ts';
import type { Invocation } from './invocation.ts';
import { REMEMBERED } from './left-out.ts';

export interface Word {
  /** The same for each copy of a delivery, and for nothing else. */
  readonly key: string;
  readonly type: string;
  readonly station: string;
  /** When it was said, as far as that can be believed: never after it was heard, and not in another week. */
  readonly at: number | undefined;
  readonly signedAt: number | undefined;
  /** The station says itself when that was, and not only its signature. */
  readonly isDated: boolean;
}

const BELIEVED = 7 * DAY;

const words = new WeakMap<Invocation, Word>();

/** What a function was called for to hear. */
export function wordIn(inv: Invocation): Word | undefined {
  const { event, now } = inv;
  if (event === undefined) return undefined;
  const known = words.get(inv);
  if (known !== undefined) return known;
  const { type, station, id, occurredAt, signedAt } = event;
  const said = occurredAt ?? signedAt;
  const at = said === undefined || said < now - BELIEVED ? undefined : Math.min(said, now);
  const signed = signedAt === undefined ? undefined : Math.min(signedAt, now);
  const word: Word = {
    key: `${station.id} ${type} ${id}`,
    type,
    station: station.id,
    at,
    signedAt: signed,
    isDated: at !== undefined && occurredAt !== undefined && (signed === undefined || at < signed),
  };
  words.set(inv, word);
  return word;
}

interface Heard {
  readonly word: Word;
  readonly isTurn: boolean;
  /** It takes a place among the dates: somebody came by it, or it is of another station than the one that is there. */
  readonly takesPlace: boolean;
  readonly heardAt: number;
}

/** More than anything remembers. */
const KEPT = 64;

export class Memory {
  private readonly heard: Heard[] = [];
  private there: string | undefined;

  /** `arrival`: somebody came by it. `turn`: somebody left, or was to. */
  hear(word: Word, as: 'arrival' | 'turn' | 'other', at: number): void {
    const takesPlace = as === 'arrival' || (this.there !== undefined && this.there !== word.station);
    if (as === 'arrival' || this.there === undefined) this.there = word.station;
    this.heard.push({ word, isTurn: as !== 'other', takesPlace, heardAt: at });
    if (this.heard.length > KEPT) this.heard.shift();
  }

  /** Whether it was heard; and, if so, so lately that it must be known. */
  repeats({ key }: Word): 'never' | 'known' | 'forgotten' {
    const n = this.heard.findLastIndex(({ word }) => word.key === key);
    const found = this.heard[n];
    if (found === undefined) return 'never';
    const since = this.heard.slice(n + 1).filter(({ isTurn }) => isTurn === found.isTurn);
    return since.length < (found.isTurn ? REMEMBERED.turns : REMEMBERED.others) ? 'known' : 'forgotten';
  }

  /** Whether its station has said something later; and, if so, so lately that it must be known. */
  overtook({ station, at }: Word, before = Number.POSITIVE_INFINITY): 'never' | 'known' | 'forgotten' {
    if (at === undefined) return 'never';
    const later = this.heard.flatMap(({ word, takesPlace, heardAt }, n) => {
      if (word.station !== station || word.at === undefined || word.at <= at || heardAt >= before) return [];
      const since = this.heard.slice(n + 1).filter((one) => one.takesPlace);
      // What somebody said who was not there stands behind who was.
      return [since.length < REMEMBERED.comings - (takesPlace && word.type === 'logout' ? 1 : 0)];
    });
    if (later.length === 0) return 'never';
    return later.includes(true) ? 'known' : 'forgotten';
  }
}
