import { describe, expect, test } from 'vitest';
import {
  DATE_BELIEVED,
  DATES_MAX,
  type Heard,
  isOvertaken,
  markOf,
  NOTHING_HEARD,
  OTHERS_MAX,
  standing,
  TURNS_MAX,
  tagOf,
  type Word,
  withArrival,
  withDeparture,
  withOther,
  withTurn,
  wordOf,
} from '../../lib/session/word.ts';
import { DAY, type EpochMs, epochMs } from '../../lib/time.ts';

const NOON = Date.UTC(2026, 10, 19, 12);
const at = (seconds: number): EpochMs => epochMs(NOON + seconds * 1_000);
const said = (id: string, seconds?: number, station = 'lib-1', type: Word['type'] = 'login'): Word => ({
  ...{ type, station, id },
  ...(seconds === undefined ? {} : { at: at(seconds) }),
});
const dated = (seconds?: number, station = 'lib-1') => ({
  station: tagOf(station),
  ...(seconds === undefined ? {} : { at: at(seconds) }),
});
const heard = (fields: Partial<Heard>): Heard => ({ ...NOTHING_HEARD, ...fields });
const marks = (...ids: string[]) => ids.map((id) => markOf(said(id)));

describe('a word is placed in time', () => {
  const of = (times: { occurredAt?: EpochMs; signedAt?: EpochMs }) =>
    wordOf({ type: 'login', station: 'lib-1', id: '1', ...times }, at(0));

  test('by arrival alone, where it says no time', () => {
    expect(of({})).toEqual({ type: 'login', station: 'lib-1', id: '1' });
  });

  test('by its own time, and its signature’s beside it', () => {
    expect(of({ occurredAt: at(-9), signedAt: at(-5) })).toMatchObject({ at: at(-9), signedAt: at(-5) });
  });

  test('by its signature’s time, where it says no other', () => {
    expect(of({ signedAt: at(-5) })).toMatchObject({ at: at(-5), signedAt: at(-5) });
  });

  test('no later than it arrives: neither of its times is of the future', () => {
    expect(of({ occurredAt: at(1), signedAt: at(2) })).toMatchObject({ at: at(0), signedAt: at(0) });
    expect(of({ occurredAt: at(0) }).at).toBe(at(0));
  });

  test('by no time of more than seven days ago', () => {
    const week = epochMs(NOON - DATE_BELIEVED);
    expect(DATE_BELIEVED).toBe(7 * DAY);
    expect(of({ occurredAt: week }).at).toBe(week);
    expect(of({ occurredAt: epochMs(week - 1) })).not.toHaveProperty('at');
    expect(of({ signedAt: epochMs(week - 1) })).toMatchObject({ signedAt: week - 1 });
    expect(of({ signedAt: epochMs(week - 1) })).not.toHaveProperty('at');
  });
});

describe('the mark of a delivery', () => {
  test('is short, and the same each time', () => {
    expect(markOf(said('1'))).toMatch(/^[\w-]{8}$/);
    expect(markOf(said('1', 5))).toBe(markOf(said('1', 7)));
  });

  test.each([
    ['id', said('2')],
    ['station', said('1', undefined, 'lib-2')],
    ['type', said('1', undefined, 'lib-1', 'logout')],
  ])('is another where its %s is', (_, other) => {
    expect(markOf(other)).not.toBe(markOf(said('1')));
  });

  test('does not run its parts together', () => {
    expect(markOf(said('b c', undefined, 'a'))).not.toBe(markOf(said('c', undefined, 'a b')));
  });
});

describe('a word is', () => {
  test('news where nothing has been heard', () => {
    expect(standing(said('1', 1), undefined)).toBe('news');
    expect(standing(said('1', 1), NOTHING_HEARD)).toBe('news');
  });

  test('a repeat where it is among the turns or the others, first or last, whatever its date', () => {
    for (const ring of ['turns', 'others'] as const) {
      for (const ids of [
        ['1', '2'],
        ['2', '1'],
      ]) {
        const known = heard({ [ring]: marks(...ids), dates: [dated(9)] });
        expect(standing(said('1', 1), known)).toBe('repeat');
        expect(standing(said('1'), known)).toBe('repeat');
      }
    }
  });

  test('overtaken where its station has said something later', () => {
    const known = heard({ dates: [dated(5)] });
    expect([4.999, 5, 5.001].map((second) => standing(said('1', second), known))).toEqual([
      'overtaken',
      'news',
      'news',
    ]);
  });

  test('overtaken by a word of its own station, however many others have spoken since', () => {
    const known = heard({ dates: [dated(1, 'lib-2'), dated(), dated(1, 'lib-3'), dated(5)] });
    expect(isOvertaken(said('1', 4), known)).toBe(true);
  });

  test('not overtaken by another station, by what is not dated, or where it is not dated itself', () => {
    expect(isOvertaken(said('1', 4), heard({ dates: [dated(9, 'lib-2')] }))).toBe(false);
    expect(isOvertaken(said('1', 4), heard({ dates: [dated()] }))).toBe(false);
    expect(isOvertaken(said('1'), heard({ dates: [dated(9)] }))).toBe(false);
    expect(isOvertaken(said('1', 4), NOTHING_HEARD)).toBe(false);
  });
});

describe('what is remembered', () => {
  const full = heard({
    turns: marks('t1', 't2', 't3', 't4', 't5', 't6'),
    others: marks('o1', 'o2', 'o3', 'o4'),
    dates: [dated(1), dated(2, 'lib-2'), dated(3, 'lib-3'), dated(4, 'lib-4')],
  });

  test('is six turns, four others and the dates of four stations', () => {
    expect([TURNS_MAX, OTHERS_MAX, DATES_MAX]).toEqual([6, 4, 4]);
    expect([full.turns.length, full.others.length, full.dates.length]).toEqual([TURNS_MAX, OTHERS_MAX, DATES_MAX]);
  });

  test('of an arrival: it is the newest turn, its station comes first, and the oldest go', () => {
    expect(withArrival(full, said('x', 9, 'lib-5'))).toEqual({
      turns: [markOf(said('x', 9, 'lib-5')), ...full.turns.slice(0, 5)],
      others: full.others,
      dates: [dated(9, 'lib-5'), ...full.dates.slice(0, 3)],
    });
  });

  test('of an arrival at the same station: what it said before stays known', () => {
    const known = withArrival(heard({ dates: [dated(5)] }), said('x'));
    expect(known.dates).toEqual([dated(), dated(5)]);
    expect(standing(said('y', 4), known)).toBe('overtaken');
  });

  test('of a departure: it is the newest turn, and its station’s date moves on', () => {
    expect(withDeparture(full, said('x', 9))).toEqual({
      turns: [markOf(said('x', 9)), ...full.turns.slice(0, 5)],
      others: full.others,
      dates: [dated(9), ...full.dates.slice(1)],
    });
  });

  test('of what turns nothing: it is the newest of the others, and its station’s date moves on', () => {
    expect(withOther(full, said('x', 9))).toEqual({
      turns: full.turns,
      others: [markOf(said('x', 9)), ...full.others.slice(0, 3)],
      dates: [dated(9), ...full.dates.slice(1)],
    });
  });

  test.each([
    ['departure', withDeparture],
    ['other word', withOther],
  ])('of a %s: no date moves back, and one is known where none was', (_, remembering) => {
    expect(remembering(full, said('x', 0.999)).dates).toEqual(full.dates);
    expect(remembering(full, said('x', 1)).dates).toEqual(full.dates);
    expect(remembering(full, said('x')).dates).toEqual(full.dates);
    expect(remembering(heard({ dates: [dated()] }), said('x', 1)).dates).toEqual([dated(1)]);
    expect(remembering(NOTHING_HEARD, said('x', 1)).dates).toEqual([]);
  });
});

describe('what is remembered of a word by any station', () => {
  test('where nobody was before: its station comes first', () => {
    expect(withTurn(NOTHING_HEARD, said('x', 1))).toEqual({ turns: marks('x'), others: [], dates: [dated(1)] });
    expect(withTurn(NOTHING_HEARD, said('x')).dates).toEqual([dated()]);
  });

  test('of the station that is there: as of a departure', () => {
    const known = heard({ turns: marks('t'), dates: [dated(5), dated(1, 'lib-2')] });
    for (const word of [said('x', 9), said('x', 4), said('x')]) {
      expect(withTurn(known, word)).toEqual(withDeparture(known, word));
    }
  });

  test('of another: it stands behind the one that is there, and is not lost with those', () => {
    const known = heard({ dates: [dated(5), dated(1, 'lib-2'), dated(2, 'lib-3'), dated(3, 'lib-4')] });
    expect(withTurn(known, said('x', 9, 'lib-5')).dates).toEqual([
      ...[dated(5), dated(9, 'lib-5'), dated(1, 'lib-2'), dated(2, 'lib-3')],
    ]);
    expect(withTurn(known, said('x', 9, 'lib-3')).dates).toEqual([
      ...[dated(5), dated(9, 'lib-3'), dated(1, 'lib-2'), dated(3, 'lib-4')],
    ]);
  });

  test('of another that dates nothing: its date stays, if it has one', () => {
    const known = heard({ dates: [dated(5), dated(1, 'lib-2')] });
    expect(withTurn(known, said('x', undefined, 'lib-2')).dates).toEqual(known.dates);
    expect(withTurn(known, said('x', undefined, 'lib-3')).dates).toEqual([
      ...[dated(5), dated(undefined, 'lib-3'), dated(1, 'lib-2')],
    ]);
  });

  test('of another that is overtaken itself: its date does not move back', () => {
    const known = heard({ dates: [dated(5), dated(3, 'lib-2')] });
    expect(withTurn(known, said('x', 1, 'lib-2')).dates).toEqual(known.dates);
  });
});
