/**
 * Words: what stations say, placed in time, and what an item remembers of them. The question on which every decision
 * rests has its only answer here: has this been heard before, and is it in order?
 *
 * A seat and a panel remember in the same way. `standing` asks; the functions below it say what is remembered next. The
 * adapters ask and remember the same in their conditions (`isNews` in lib/aws/heard.ts).
 */
import { before, DAY, type DurationMs, durationMs, type EpochMs, earliest } from '../time.ts';
import { hash32Text, hash48Text } from './hash.ts';

/** What a station says of a session that goes on. */
export const SIGNS_OF_LIFE = ['ping', 'activity', 'job-started', 'job-ended'] as const;

/** What a station may say has happened. */
export const EVENT_TYPES = ['login', 'logout', ...SIGNS_OF_LIFE, 'boot'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** One thing that a station said. */
export interface Word {
  readonly type: EventType;
  readonly station: string;
  /** The delivery's id, given or made up at the edge. No two deliveries of one type and one station share theirs. */
  readonly id: string;
  /** When it was said, by the station's clock, and never later than we heard it. Absent without a date: then arrival is the order. */
  readonly at?: EpochMs;
  /** When its sender signed it, and never later than we heard it. Absent where they sign nothing. */
  readonly signedAt?: EpochMs;
}

/**
 * A date this far in the past is none: longer than any retry lasts, and shorter than what a clock is off that was never
 * set (a printer without a battery boots in 1970).
 */
export const DATE_BELIEVED: DurationMs = durationMs(7 * DAY);

/** Places in time what was heard at `now`. A clock that is ahead is set right again one day: no word is from the future. */
export function wordOf(said: Omit<Word, 'at'> & { readonly occurredAt?: EpochMs }, now: EpochMs): Word {
  const { type, station, id, occurredAt, signedAt } = said;
  const date = occurredAt ?? signedAt;
  return {
    type,
    station,
    id,
    ...(date === undefined || date < before(now, DATE_BELIEVED) ? {} : { at: earliest(date, now) }),
    ...(signedAt === undefined ? {} : { signedAt: earliest(signedAt, now) }),
  };
}

/** What makes a delivery unique. */
export const deliveryOf = ({ station, type, id }: Pick<Word, 'station' | 'type' | 'id'>): string =>
  `${station} ${type} ${id}`;

/**
 * A delivery's name in an item, which has no room for ids. It is compared with the ten that one item remembers: of 28
 * million million words one is taken for a repeat that is none.
 */
export type Mark = string;

export const markOf = (word: Pick<Word, 'station' | 'type' | 'id'>): Mark => hash48Text(deliveryOf(word));

/** A station's name in an item's memory, beside those of three others. */
export const tagOf = hash32Text;

/** What an item remembers of words. */
export interface Heard {
  /** Marks of the last words by which somebody came or left, or was to leave; the newest first. */
  readonly turns: readonly Mark[];
  /** Marks of the last words that turned nothing: activity, jobs, a login that went on; the newest first. */
  readonly others: readonly Mark[];
  /** The newest date of each of the last stations; the one that has, or last had, the session comes first. */
  readonly dates: readonly Dated[];
}

export interface Dated {
  /** See `tagOf`. */
  readonly station: string;
  /** Absent where the station dated nothing. */
  readonly at?: EpochMs;
}

/** The comings and goings of three sessions: a delivery that is older than those is hardly on its way any more. */
export const TURNS_MAX = 6;
/** About as many words as a person gives rise to within a second: signatures tell seconds. */
export const OTHERS_MAX = 4;
/** As many stations as a person passes by while a late delivery is on its way. */
export const DATES_MAX = 4;

export const NOTHING_HEARD: Heard = { turns: [], others: [], dates: [] };

/** Whether a word has been heard before, and whether it is in order. */
export type Standing =
  | 'news'
  /** This very delivery has been heard. */
  | 'repeat'
  /** Its station has said something later, and that has been heard. */
  | 'overtaken';

export function standing(word: Word, heard: Heard | undefined): Standing {
  if (heard === undefined) return 'news';
  const mark = markOf(word);
  if (heard.turns.includes(mark) || heard.others.includes(mark)) return 'repeat';
  return isOvertaken(word, heard) ? 'overtaken' : 'news';
}

/** Only dates of one and the same station are compared, and only where it gave them. */
export function isOvertaken({ station, at }: Word, { dates }: Heard): boolean {
  if (at === undefined) return false;
  const tag = tagOf(station);
  return dates.some((known) => known.station === tag && known.at !== undefined && known.at > at);
}

/** Somebody came by this word: its station is the one here from now on. */
export const withArrival = (heard: Heard, word: Word): Heard => ({
  ...turned(heard, word),
  dates: [datedOf(word), ...heard.dates].slice(0, DATES_MAX),
});

/** Somebody left by this word of the station that is here. */
export const withDeparture = (heard: Heard, word: Word): Heard => ({ ...turned(heard, word), ...redated(heard, word) });

/** This word of the station that is here turned nothing. */
export const withOther = (heard: Heard, word: Word): Heard => ({
  ...heard,
  others: [markOf(word), ...heard.others].slice(0, OTHERS_MAX),
  ...redated(heard, word),
});

/** A word of any station, wherever it turns nothing here but is to be known: what it overtook is known by it. */
export function withTurn(heard: Heard, word: Word): Heard {
  const { station, at } = datedOf(word);
  const [first, ...rest] = heard.dates;
  if (first === undefined) return { ...turned(heard, word), dates: [datedOf(word)] };
  if (first.station === station) return withDeparture(heard, word);
  const known = rest.find((one) => one.station === station);
  const others = rest.filter((one) => one !== known);
  const newest = known?.at === undefined || (at !== undefined && at > known.at) ? at : known.at;
  return {
    ...turned(heard, word),
    dates: [first, { station, ...(newest === undefined ? {} : { at: newest }) }, ...others].slice(0, DATES_MAX),
  };
}

const datedOf = ({ station, at }: Word): Dated => ({ station: tagOf(station), ...(at === undefined ? {} : { at }) });

const turned = (heard: Heard, word: Word): Heard => ({
  ...heard,
  turns: [markOf(word), ...heard.turns].slice(0, TURNS_MAX),
});

/** What is not dated leaves the date that is known; what is overtaken does not move it back. */
const redated = ({ dates }: Heard, { at }: Word): Pick<Heard, 'dates'> => {
  const [first, ...rest] = dates;
  if (at === undefined || first === undefined || (first.at !== undefined && first.at > at)) return { dates };
  return { dates: [{ ...first, at }, ...rest] };
};
