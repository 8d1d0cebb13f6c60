/** The law of panels, clause by clause: what must hold, and what becomes of it. */
import { describe, expect, test } from 'vitest';
import { CLOCK_MARGIN } from '../../lib/session/ladder.ts';
import {
  applyToPanel,
  debtsOn,
  EMPTY_PANEL,
  epochAtMost,
  forEnded,
  isSamePerson,
  type Leaver,
  type Occupant,
  type Panel,
  type PanelCondition,
  panelMeets,
  SLOTS,
  type Slot,
} from '../../lib/session/panel.ts';
import type { Reason, SessionName } from '../../lib/session/seat.ts';
import { markOf, NOTHING_HEARD, type Word, withTurn } from '../../lib/session/word.ts';
import { type EpochMs, epochMs } from '../../lib/time.ts';

const NOON = Date.UTC(2026, 10, 19, 12);
const at = (seconds: number): EpochMs => epochMs(NOON + seconds * 1_000);
const word = (id: string, seconds?: number): Word => ({
  ...{ type: 'login', station: 'lib-1', id },
  ...(seconds === undefined ? {} : { at: at(seconds) }),
});
const ana: Occupant = { realm: 'campus', user: 'ana', epoch: at(0) };
const ben: Occupant = { realm: 'campus', user: 'ben', epoch: at(10) };
const left = (who: Occupant, differs: Partial<Leaver> = {}): Leaver => ({
  ...who,
  by: markOf(word('out')),
  leftAt: at(20),
  isOwed: true,
  ...differs,
});
const panel = (differs: Partial<Panel>): Panel => ({ ...EMPTY_PANEL, ...differs });
const heardOf = (...words: Word[]) => words.reduce(withTurn, NOTHING_HEARD);
const session = (who: Occupant, epoch: number = who.epoch): SessionName => ({ ...who, seat: '0', epoch });

describe('two are the same person', () => {
  test.each<[string, Occupant | undefined, Occupant | undefined, boolean]>([
    ['with realm and user alike', ana, { ...ana, epoch: at(9) }, true],
    ['not with another user', ana, ben, false],
    ['not with another realm', ana, { ...ana, realm: 'annex' }, false],
    ['not where one is nobody', undefined, ana, false],
    ['not where the other is nobody', ana, undefined, false],
    ['not where both are', undefined, undefined, false],
  ])('%s', (_, one, other, is) => {
    expect(isSamePerson(one, other)).toBe(is);
  });
});

describe('what is owed', () => {
  test('is the end of whoever has left and has not been seen to', () => {
    const both = panel({ leaver: left(ana), displaced: left(ben) });
    expect(debtsOn(both)).toEqual([
      { slot: 'leaver', leaver: left(ana) },
      { slot: 'displaced', leaver: left(ben) },
    ]);
    expect(debtsOn(panel({ leaver: left(ana, { isOwed: false }), displaced: left(ben) }))).toEqual([
      { slot: 'displaced', leaver: left(ben) },
    ]);
    expect(debtsOn(panel({ occupant: ana }))).toEqual([]);
  });

  test('of a session that opened a little later than its user left, for clocks differ', () => {
    expect(epochAtMost(left(ana), undefined)).toBe(at(20) + CLOCK_MARGIN);
    expect(epochAtMost(left(ana), ben)).toBe(at(20) + CLOCK_MARGIN);
  });

  test('of no session for which its user has come back', () => {
    const back = (epoch: number) => epochAtMost(left(ana), { ...ana, epoch });
    expect(back(at(21))).toBe(at(21) - 1);
    expect(back(at(20) + CLOCK_MARGIN)).toBe(at(20) + CLOCK_MARGIN - 1);
    expect(back(at(20) + CLOCK_MARGIN + 1)).toBe(at(20) + CLOCK_MARGIN);
    expect(back(at(60))).toBe(at(20) + CLOCK_MARGIN);
  });
});

describe('somebody comes or leaves', () => {
  const news = (differs: Partial<Extract<PanelCondition, { if: 'news' }>> = {}): PanelCondition => ({
    ...{ if: 'news', word: word('in', 30), settled: [] },
    ...differs,
  });

  test.each<[string, Panel, PanelCondition, boolean]>([
    ['where nobody has ever been', EMPTY_PANEL, news(), true],
    ['where another is', panel({ occupant: ben }), news({ unless: ana }), true],
    ['where anybody is, if it does not matter', panel({ occupant: ana }), news(), true],
    ['not where they are there already', panel({ occupant: ana }), news({ unless: ana }), false],
    [
      'where somebody of the same name is, of another realm',
      panel({ occupant: { ...ana, realm: 'annex' } }),
      news({ unless: ana }),
      true,
    ],
    ['not by a word that has been heard', panel({ heard: heardOf(word('in', 30)) }), news(), false],
    ['not by one that was overtaken', panel({ heard: heardOf(word('x', 31)) }), news(), false],
    ['by one of the same instant', panel({ heard: heardOf(word('x', 30)) }), news(), true],
    ['not while an end is owed', panel({ leaver: left(ana) }), news(), false],
    ['not while another’s is', panel({ displaced: left(ana) }), news(), false],
    [
      'while what is owed has been seen to',
      panel({ displaced: left(ana) }),
      news({ settled: [markOf(word('out'))] }),
      true,
    ],
    [
      'not while another word’s debt has not',
      panel({ displaced: left(ana) }),
      news({ settled: [markOf(word('x'))] }),
      false,
    ],
    [
      'not while one of two has not',
      panel({ leaver: left(ben, { by: markOf(word('x')) }), displaced: left(ana) }),
      news({ settled: [markOf(word('out'))] }),
      false,
    ],
    ['once nothing is owed', panel({ leaver: left(ana, { isOwed: false }) }), news(), true],
  ])('%s', (_, was, condition, holds) => {
    expect(panelMeets(condition, was)).toBe(holds);
  });
});

describe('it is asked', () => {
  const heard = heardOf(word('in', 30));
  const owed: PanelCondition = { if: 'owed', slot: 'leaver', by: markOf(word('out')) };

  test.each<[string, Panel, PanelCondition, boolean]>([
    ['whether somebody is there: yes', panel({ occupant: ana }), { if: 'there', person: ana }, true],
    ['whether somebody is there: another is', panel({ occupant: ben }), { if: 'there', person: ana }, false],
    ['whether somebody is there: nobody is', EMPTY_PANEL, { if: 'there', person: ana }, false],
    [
      'whether they are, and this is news: yes',
      panel({ occupant: ana, heard }),
      { if: 'there', person: ana, word: word('x', 30) },
      true,
    ],
    [
      'whether they are, and this is news: it is a repeat',
      panel({ occupant: ana, heard }),
      { if: 'there', person: ana, word: word('in', 30) },
      false,
    ],
    ['whether a word is news: yes', panel({ heard }), { if: 'unheard', word: word('x') }, true],
    ['whether a word is news: it was overtaken', panel({ heard }), { if: 'unheard', word: word('x', 29) }, false],
    ['whether this word’s debt is open: yes', panel({ leaver: left(ana) }), owed, true],
    ['whether this word’s debt is open: it is paid', panel({ leaver: left(ana, { isOwed: false }) }), owed, false],
    [
      'whether this word’s debt is open: it is another’s',
      panel({ leaver: left(ana, { by: markOf(word('x')) }) }),
      owed,
      false,
    ],
    ['whether this word’s debt is open: it stands elsewhere', panel({ displaced: left(ana) }), owed, false],
    ['whether this word’s debt is open: there is none', EMPTY_PANEL, owed, false],
  ])('%s', (_, was, condition, holds) => {
    expect(panelMeets(condition, was)).toBe(holds);
  });

  test.each<[string, number, boolean]>([
    ['that began before they left', -1, true],
    ['that began as they left, by some clock', CLOCK_MARGIN, true],
    ['that began later', CLOCK_MARGIN + 1, false],
  ])('whether the end of a session %s is owed', (_, later, holds) => {
    const condition: PanelCondition = { if: 'owed-for', slot: 'leaver', session: session(ana, at(20) + later) };
    expect(panelMeets(condition, panel({ leaver: left(ana) }))).toBe(holds);
  });

  test.each<[string, Panel]>([
    ['another’s', panel({ leaver: left(ben) })],
    ['one that is paid', panel({ leaver: left(ana, { isOwed: false }) })],
    ['one that stands elsewhere', panel({ displaced: left(ana) })],
    ['none', EMPTY_PANEL],
  ])('whether the end of a session is owed, and it is %s', (_, was) => {
    expect(panelMeets({ if: 'owed-for', slot: 'leaver', session: session(ana) }, was)).toBe(false);
  });

  test.each<[string, Panel, boolean]>([
    ['for which its user came', panel({ occupant: ana }), true],
    ['newer than that', panel({ occupant: { ...ana, epoch: at(-1) } }), true],
    ['older than that', panel({ occupant: { ...ana, epoch: at(1) } }), false],
    ['of another', panel({ occupant: ben }), false],
    ['while nobody is there', EMPTY_PANEL, false],
  ])('whether it shows a session %s', (_, was, holds) => {
    expect(panelMeets({ if: 'shows', session: session(ana) }, was)).toBe(holds);
  });
});

describe('it becomes', () => {
  const heeded = { word: word('now', 40), keepUntil: at(9_999) };
  const heard = heardOf(word('in', 30));
  const gone = { by: markOf(word('now', 40)), leftAt: at(40), isOwed: true };

  test('of somebody who comes: theirs, and the last one’s end is owed', () => {
    const was = panel({ occupant: ana, leaver: left(ben), heard });
    expect(applyToPanel({ do: 'arrive', occupant: ben, now: at(40), ...heeded }, was)).toEqual({
      ...{ occupant: ben, displaced: { ...ana, ...gone }, leaver: left(ben) },
      heard: withTurn(heard, heeded.word),
    });
  });

  test('of somebody who comes where nobody was: theirs, and nobody was displaced', () => {
    const was = panel({ displaced: left(ana, { isOwed: false }), heard });
    expect(applyToPanel({ do: 'arrive', occupant: ben, now: at(40), ...heeded }, was)).toEqual({
      ...{ occupant: ben, heard: withTurn(heard, heeded.word) },
    });
  });

  test('of somebody who leaves: nobody’s, and their end is owed', () => {
    const was = panel({ occupant: ana, displaced: left(ben), heard });
    expect(applyToPanel({ do: 'leave', now: at(40), ...heeded }, was)).toEqual({
      ...{ leaver: { ...ana, ...gone }, displaced: left(ben) },
      heard: withTurn(heard, heeded.word),
    });
  });

  test('of a leave where nobody was: what is heard, and nobody has left by it', () => {
    const was = panel({ leaver: left(ana, { isOwed: false }), heard });
    expect(applyToPanel({ do: 'leave', now: at(40), ...heeded }, was)).toEqual({ heard: withTurn(heard, heeded.word) });
  });

  test('of somebody who stays: theirs, under the epoch of their session', () => {
    const was = panel({ occupant: ana, leaver: left(ben), heard });
    expect(applyToPanel({ do: 'stay', epoch: at(5) }, was)).toEqual({ ...was, occupant: { ...ana, epoch: at(5) } });
    expect(applyToPanel({ do: 'stay', epoch: at(5), ...heeded }, was)).toEqual({
      ...{ ...was, occupant: { ...ana, epoch: at(5) } },
      heard: withTurn(heard, heeded.word),
    });
  });

  test('nothing, where nobody is there who could stay', () => {
    expect(() => applyToPanel({ do: 'stay', epoch: at(5) }, EMPTY_PANEL)).toThrow('nobody is there');
  });

  test('of a word that turns nothing: what is heard', () => {
    const was = panel({ occupant: ana, leaver: left(ben), heard });
    expect(applyToPanel({ do: 'hear', ...heeded }, was)).toEqual({ ...was, heard: withTurn(heard, heeded.word) });
  });

  test.each(SLOTS)('of a debt that is paid: no debt, and who it was stays known: %s', (slot) => {
    const was = panel({ occupant: ana, leaver: left(ben), displaced: left(ben), heard });
    expect(applyToPanel({ do: 'settle', slot }, was)).toEqual({ ...was, [slot]: left(ben, { isOwed: false }) });
    expect(applyToPanel({ do: 'settle', slot }, panel({ occupant: ana }))).toEqual(panel({ occupant: ana }));
    expect(applyToPanel({ do: 'settle', slot }, EMPTY_PANEL)).toEqual(EMPTY_PANEL);
  });

  test('of an end: nobody’s', () => {
    const was = panel({ leaver: left(ben), heard });
    expect(applyToPanel({ do: 'vacate' }, { ...was, occupant: ana })).toEqual(was);
  });
});

describe('of a session that has ended', () => {
  const settle = (slot: Slot) => ({
    condition: { if: 'owed-for', slot, session: session(ana) },
    change: { do: 'settle', slot },
  });
  const vacate = { condition: { if: 'shows', session: session(ana) }, change: { do: 'vacate' } };

  test.each<[Reason, readonly object[]]>([
    ['next-user', [settle('displaced'), vacate, settle('leaver')]],
    ['logout', [vacate, settle('leaver'), settle('displaced')]],
    ['boot', [settle('leaver'), vacate, settle('displaced')]],
    ['idle', [vacate, settle('leaver'), settle('displaced')]],
    ['operator', [vacate, settle('leaver'), settle('displaced')]],
    ['taken-over', [vacate, settle('leaver'), settle('displaced')]],
  ])('by %s, the likeliest is tried first, and all in the end', (reason, attempts) => {
    expect(forEnded(session(ana), reason)).toEqual(attempts);
  });
});
