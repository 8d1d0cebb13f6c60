/** What an item remembers of words (lib/session/word.ts), as attributes: asked in conditions, kept in updates. */
import {
  DATES_MAX,
  type Dated,
  type EventType,
  type Heard,
  type Mark,
  markOf,
  OTHERS_MAX,
  TURNS_MAX,
  tagOf,
  type Word,
} from '../session/word.ts';
import { epochMs } from '../time.ts';
import { allOf, type Clause, clause, type Update } from './clauses.ts';
import { attributes, type Image, type Item, numberIf, textIf } from './items.ts';

/** Stands for "no word": an update can copy an attribute that may be missing only by naming what else to write. */
export const NOBODY = '';

/** What an update writes where there was no instant to copy. */
const NEVER_SAID = 0;

// Short names, for an item has room for little: it is to stay under 1 KB, which is one write unit.
const ring = (name: string, length: number): string[] => Array.from({ length }, (_, n) => `${name}${n + 1}`);
const TURNS = ring('t', TURNS_MAX);
const OTHERS = ring('o', OTHERS_MAX);
const STATIONS = ring('s', DATES_MAX);
const DATES = ring('d', DATES_MAX);
const ALL = [...TURNS, ...OTHERS, ...STATIONS, ...DATES];

// --- asking

// Said by `=` alone: it is false of an attribute that is missing, whatever `IN` and `<>` make of one.
const isNotRepeated = (names: readonly string[]): string =>
  `NOT (${names.map((name) => `#${name} = :thisMark`).join(' OR ')})`;
const isNoRepeatInSeat = `attribute_not_exists(#lastId) AND ${isNotRepeated([...TURNS, ...OTHERS])}`;
const isNoRepeatedTurn = isNotRepeated(TURNS);
const isNotOvertaken = `NOT (${STATIONS.map((station, n) => `(#${station} = :thisStation AND #${DATES[n]} > :saidAt)`).join(' OR ')})`;

/** The word is news for a seat: `standing` says the same. An item of version 0.1.0 is to be read first. */
export const isNews = (word: Word): Clause =>
  allOf(
    clause(isNoRepeatInSeat, { thisMark: markOf(word) }),
    word.at === undefined ? undefined : clause(isNotOvertaken, { thisStation: tagOf(word.station), saidAt: word.at }),
  );

/** Version 0.1.0 kept by which delivery somebody had left, but not when. */
const hasNotLeftBefore = 'NOT (#leftBy = :thisId AND attribute_not_exists(#leftAt))';

/** The word is news for its station's panel, where no other station speaks. */
export const isNewsOnPanel = (word: Word): Clause =>
  allOf(
    clause(isNoRepeatedTurn, { thisMark: markOf(word) }),
    clause(hasNotLeftBefore, { thisId: word.id }),
    word.at === undefined
      ? undefined
      : clause('NOT #d1 > :saidAt AND NOT #lastOccurredAt > :saidAt', { saidAt: word.at }),
  );

// --- keeping: in an update an attribute on the right is the item as it was

const shifted = (names: readonly string[], none: ':nobody' | ':never'): string[] =>
  names.slice(1).map((name, n) => `#${name} = if_not_exists(#${names[n]}, ${none})`);
const turns = clause(shifted(TURNS, ':nobody').join(', '), { nobody: NOBODY });
const others = clause(shifted(OTHERS, ':nobody').join(', '), { nobody: NOBODY });
const dates = clause([...shifted(STATIONS, ':nobody'), ...shifted(DATES, ':never')].join(', '), {
  nobody: NOBODY,
  never: NEVER_SAID,
});

/** As `withArrival`: of an item that was not read. */
export const keepArrival = (word: Word): Update => ({
  set: attributes({ t1: markOf(word), s1: tagOf(word.station), d1: word.at ?? NEVER_SAID }),
  compute: [turns, dates],
});

/** As `withDeparture`, and on a panel as `withTurn`. */
export const keepTurn = (word: Word): Update => ({
  set: attributes({ t1: markOf(word), d1: word.at }),
  compute: [turns],
});

/** As `withOther`. */
export const keepOther = (word: Word): Update => ({
  set: attributes({ o1: markOf(word), d1: word.at }),
  compute: [others],
});

/** Just this, whatever there was. */
export function keepHeard(heard: Heard): Update {
  const { turns: marks, others: more, dates: dated } = heard;
  const set: Item = attributes({
    ...named(TURNS, marks),
    ...named(OTHERS, more),
    ...named(
      STATIONS,
      dated.map(({ station }) => station),
    ),
    ...named(
      DATES,
      dated.map(({ at = epochMs(NEVER_SAID) }) => at),
    ),
  });
  return { set, remove: [...ALL.filter((name) => !(name in set)), ...OF_BEFORE] };
}

const named = <T>(names: readonly string[], values: readonly T[]): Record<string, T> =>
  Object.fromEntries(values.flatMap((value, n) => (names[n] === undefined ? [] : [[names[n], value]])));

// --- reading

export function heardIn(item: Image): Heard {
  return isOfBefore(item)
    ? heardBefore(item)
    : { turns: marksIn(item, TURNS), others: marksIn(item, OTHERS), dates: datesIn(item) };
}

const marksIn = (item: Image, names: readonly string[]): Mark[] => names.flatMap((name) => textIf(item, name) || []);

const datesIn = (item: Image): Dated[] =>
  STATIONS.flatMap((name, n) => {
    const station = textIf(item, name);
    return station ? [datedOf(station, numberIf(item, DATES[n] ?? ''))] : [];
  });

const datedOf = (station: string, at: number | undefined): Dated => ({
  station,
  ...(at === undefined || at === NEVER_SAID ? {} : { at: epochMs(at) }),
});

// --- items of version 0.1.0: they are read, and written anew with the next word that is heard

const OF_BEFORE = [
  ...['lastStation', 'lastId', 'lastOccurredAt'],
  ...['beforeStation', 'beforeId', 'beforeAt'],
  ...['m1', 'm2', 'm3', 'previousId'],
];

const isOfBefore = (item: Image): boolean => textIf(item, 'lastId') !== undefined;

/** It kept ids, without saying of what: each may have been any of these. Its marks tell nothing to this version. */
function heardBefore(item: Image): Heard {
  const lastStation = textIf(item, 'lastStation') ?? '';
  const beforeStation = textIf(item, 'beforeStation') ?? '';
  const station = textIf(item, 'station') ?? lastStation;
  const marks = (id: string | undefined, of: string, types: readonly EventType[]): Mark[] =>
    id ? marksOf(id, of, types) : [];
  const dateOf = (of: string): number =>
    Math.max(
      lastStation === of ? (numberIf(item, 'lastOccurredAt') ?? NEVER_SAID) : NEVER_SAID,
      beforeStation === of ? (numberIf(item, 'beforeAt') ?? NEVER_SAID) : NEVER_SAID,
    );
  const stations = [...new Set([station, lastStation, beforeStation])].filter((of) => of !== '');
  return {
    turns: [
      ...marks(textIf(item, 'openedBy'), station, [openingType(item)]),
      ...marks(textIf(item, 'lastId'), lastStation, ['logout', 'boot']),
      ...marks(textIf(item, 'previousId'), beforeStation || station, ['login']),
      ...marks(textIf(item, 'beforeId'), beforeStation, ['logout']),
    ].slice(0, TURNS_MAX),
    others: marks(textIf(item, 'lastId'), lastStation, ['login', 'activity', 'job-started', 'job-ended']),
    dates: stations.map((of) => datedOf(tagOf(of), dateOf(of))),
  };
}

const marksOf = (id: string, station: string, types: readonly EventType[]): Mark[] =>
  types.map((type) => markOf({ station, type, id }));

/** A login opened a session, but for one that was made anew: what did that, it did not say. */
const openingType = (item: Image): EventType => (numberIf(item, 'madeAnewOf') === undefined ? 'login' : 'activity');

/** By which word the session opened. Version 0.1.0 kept the delivery's id, under another name: `openedBy`. */
export const openerIn = (item: Image): Mark | undefined => {
  const id = textIf(item, 'openedBy');
  const station = textIf(item, 'station') ?? '';
  return textIf(item, 'opener') ?? (id === undefined ? undefined : markOf({ station, type: openingType(item), id }));
};

/** A panel's. Version 0.1.0 kept a date, and the id of that by which somebody had left: a logout's or a boot's. */
export function heardOnPanel(item: Image, station: string): Heard {
  const leftBy = textIf(item, 'leftBy');
  const isBefore = leftBy !== undefined && numberIf(item, 'leftAt') === undefined;
  return {
    turns: [...marksIn(item, TURNS), ...(isBefore ? marksOf(leftBy, station, ['logout', 'boot']) : [])],
    others: [],
    dates: [datedOf(tagOf(station), numberIf(item, 'd1') ?? numberIf(item, 'lastOccurredAt'))],
  };
}
