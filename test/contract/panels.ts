/** What every implementation of the port `Panels` keeps to: when a write wins, and what it leaves behind. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { Panels } from '../../lib/service/ports.ts';
import { CLOCK_MARGIN } from '../../lib/session/ladder.ts';
import {
  EMPTY_PANEL,
  type Leaver,
  type Occupant,
  type Panel,
  type PanelChange,
  type PanelCondition,
  SLOTS,
  type Slot,
} from '../../lib/session/panel.ts';
import { markOf, standing, type Word } from '../../lib/session/word.ts';
import { after, type EpochMs, epochMs } from '../../lib/time.ts';
import { at, dated, heard, type Id, marks, NOON, said } from './sessions.ts';

const STATION = 'lib-1';
const keepUntil = at(3_600);
const ana: Occupant = { realm: 'campus-print', user: 'ana', epoch: NOON };
const ben: Occupant = { realm: 'campus-print', user: 'ben', epoch: at(10) };
const cleo: Occupant = { realm: 'campus-print', user: 'cleo', epoch: at(20) };

type Arrival = Extract<PanelChange, { do: 'arrive' }>;

export const arrive = (occupant: Occupant, word: Word, now: EpochMs = epochMs(occupant.epoch)): Arrival => ({
  do: 'arrive',
  occupant,
  word,
  now,
  keepUntil,
});
export const leave = (word: Word, now: EpochMs): PanelChange => ({ do: 'leave', word, now, keepUntil });
const hear = (word: Word): PanelChange => ({ do: 'hear', word, keepUntil });
const news = (word: Word, differs: Partial<Extract<PanelCondition, { if: 'news' }>> = {}): PanelCondition => ({
  if: 'news',
  word,
  settled: [],
  ...differs,
});
const named = ({ realm, user, epoch }: Occupant) => ({ realm, user, seat: '0', epoch });
const left = (occupant: Occupant, by: Id, leftAt: EpochMs, isOwed = true): Leaver => ({
  ...occupant,
  by: markOf(said(by)),
  leftAt,
  isOwed,
});

export function describePanels(makePanels: () => Promise<Panels>): void {
  let panels: Panels;
  beforeEach(async () => {
    panels = await makePanels();
  });

  const tries = (condition: PanelCondition, change: PanelChange) => panels.write(STATION, { condition, change });
  const there = () => panels.read(STATION);

  /** Carries a change out that is sure to win. */
  async function does(change: PanelChange, condition?: PanelCondition): Promise<Panel> {
    const word = 'word' in change ? change.word : undefined;
    if (condition === undefined && word === undefined) throw new Error(`on what condition to ${change.do}?`);
    const { won, panel } = await tries(condition ?? { if: 'unheard', word: word as Word }, change);
    if (!won) throw new Error(`could not ${change.do}`);
    expect(await there()).toEqual(panel);
    return panel;
  }

  describe('what a change leaves behind', () => {
    test('is nothing at first', async () => {
      expect(await there()).toEqual(EMPTY_PANEL);
    });

    test('is the one who has come to an empty panel, and nobody on another', async () => {
      expect(await does(arrive(ana, said('login-1')))).toEqual({ occupant: ana, heard: heard(['login-1']) });
      expect(await panels.read('lib-2')).toEqual(EMPTY_PANEL);
    });

    test('is the next user, and a debt for the one who was there', async () => {
      await does(arrive(ana, said('login-1', at(0))));
      expect(await does(arrive(ben, said('login-2', at(10)), at(11)))).toEqual({
        occupant: ben,
        displaced: left(ana, 'login-2', at(11)),
        heard: heard(['login-2', 'login-1'], [], at(10)),
      });
    });

    test('is a debt for the one who has left, and nobody there', async () => {
      await does(arrive(ana, said('login-1')));
      expect(await does(leave(said('logout-1'), at(5)))).toEqual({
        leaver: left(ana, 'logout-1', at(5)),
        heard: heard(['logout-1', 'login-1']),
      });
    });

    test('is no debt where nobody was there, whatever was owed before', async () => {
      await does(arrive(ana, said('login-1')));
      await does(leave(said('logout-1'), at(5)));
      expect(await does(leave(said('boot-1'), at(6)))).toEqual({ heard: heard(['boot-1', 'logout-1', 'login-1']) });
      await does(arrive(ben, said('login-2')));
      await does(arrive(cleo, said('login-3')));
      await does(leave(said('logout-2'), at(25)));
      const panel = await does(arrive(ana, said('login-4'), at(30)));
      expect(panel).toMatchObject({ occupant: ana, leaver: left(cleo, 'logout-2', at(25)) });
      expect(panel).not.toHaveProperty('displaced');
    });

    test('is what both have left who left in different ways', async () => {
      await does(arrive(ana, said('login-1')));
      await does(leave(said('logout-1'), at(5)));
      await does(arrive(ben, said('login-2')));
      expect(await does(arrive(cleo, said('login-3'), at(21)))).toEqual({
        occupant: cleo,
        leaver: left(ana, 'logout-1', at(5)),
        displaced: left(ben, 'login-3', at(21)),
        heard: heard(['login-3', 'login-2', 'logout-1', 'login-1']),
      });
    });

    test('is the same user with another epoch, and what they said, if anything', async () => {
      await does(arrive(ana, said('login-1')));
      const shows = { if: 'there', person: ana } as const;
      expect(await does({ do: 'stay', epoch: NOON + 5 }, shows)).toEqual({
        occupant: { ...ana, epoch: NOON + 5 },
        heard: heard(['login-1']),
      });
      const again = { do: 'stay', epoch: NOON + 6, word: said('login-2', at(3)), keepUntil } as const;
      expect(await does(again, shows)).toEqual({
        occupant: { ...ana, epoch: NOON + 6 },
        heard: heard(['login-2', 'login-1'], [], at(3)),
      });
    });

    test('is a word more, whoever is there', async () => {
      expect(await does(hear(said('logout-1', at(5))))).toEqual({ heard: heard(['logout-1'], [], at(5)) });
      await does(arrive(ana, said('login-2', at(6))));
      expect(await does(hear(said('logout-2', at(7))))).toEqual({
        occupant: ana,
        heard: heard(['logout-2', 'login-2', 'logout-1'], [], at(7)),
      });
    });

    test('is a debt that is paid, and whose it was', async () => {
      await does(arrive(ana, said('login-1')));
      await does(leave(said('logout-1'), at(5)));
      await does(arrive(ben, said('login-2')));
      await does(arrive(cleo, said('login-3'), at(21)));
      const by = { leaver: 'logout-1', displaced: 'login-3' } as const;
      for (const slot of SLOTS) await does({ do: 'settle', slot }, { if: 'owed', slot, by: markOf(said(by[slot])) });
      expect(await there()).toMatchObject({
        leaver: left(ana, 'logout-1', at(5), false),
        displaced: left(ben, 'login-3', at(21), false),
      });
    });

    test('is a vacant panel, and the rest stays', async () => {
      await does(arrive(ana, said('login-1')));
      const { occupant: _, ...others } = await does(arrive(ben, said('login-2', at(9))));
      expect(await does({ do: 'vacate' }, { if: 'shows', session: named(ben) })).toEqual(others);
    });

    test('is remembered of the last six words, and the newest date', async () => {
      const said9 = Array.from({ length: 9 }, (_, n) => said(`logout-${n}`, n < 3 ? at(n) : undefined));
      for (const word of said9) await does(hear(word));
      expect((await there()).heard).toEqual({
        turns: marks('logout-8', 'logout-7', 'logout-6', 'logout-5', 'logout-4', 'logout-3'),
        others: [],
        dates: [dated(STATION, at(2))],
      });
    });
  });

  describe.each<[string, (word: Word) => PanelCondition]>([
    ['somebody else is to come or to leave', (word) => news(word)],
    ['it is only to be kept', (word) => ({ if: 'unheard', word })],
    ['the same user is to stay', (word) => ({ if: 'there', person: ana, word })],
  ])('a word, where %s,', (_, asks) => {
    beforeEach(async () => {
      for (let n = 1; n < 6; n++) await does(hear(said(`logout-${n}`, n === 5 ? at(5) : undefined)));
      await does(arrive(ana, said('login-6')));
    });

    test.each([
      ['has never been heard', said('login-7')],
      ['has the id of one of another type', said('logout-6')],
      ['is as old as the newest', said('login-7', at(5))],
    ])('is news that %s', async (_, word) => {
      expect(await tries(asks(word), hear(word))).toMatchObject({ won: true });
    });

    test.each([
      ['was the last', said('login-6')],
      ['was the sixth from the last', said('logout-1')],
      ['is older by a millisecond than the newest', said('login-7', epochMs(at(5) - 1))],
      ['was the last, and is newer than all', said('login-6', at(9))],
    ])('is no news that %s, and learns who is there', async (_, word) => {
      expect(await tries(asks(word), hear(word))).toEqual({ won: false, panel: await there() });
    });
  });

  describe('a word by which somebody comes or leaves', () => {
    test('comes to an empty panel, and to one that nobody is on', async () => {
      expect(await tries(news(said('login-1'), { unless: ana }), arrive(ana, said('login-1')))).toMatchObject({
        won: true,
      });
      await does({ do: 'vacate' }, { if: 'shows', session: named(ana) });
      expect(await tries(news(said('login-2'), { unless: ana }), arrive(ana, said('login-2')))).toMatchObject({
        won: true,
      });
    });

    test.each<[string, Pick<Occupant, 'realm' | 'user'>, boolean]>([
      ['the same user', ana, false],
      ['another user', ben, true],
      ['one of that name in another realm', { ...ana, realm: 'library' }, true],
    ])('that finds the first there does as it should: the next is %s', async (_, unless, won) => {
      await does(arrive(ana, said('login-1')));
      const occupant = { ...unless, epoch: at(9) };
      expect(await tries(news(said('login-2'), { unless }), arrive(occupant, said('login-2')))).toMatchObject({ won });
    });

    test('is refused as long as anything is owed but by what it has paid', async () => {
      await does(arrive(ana, said('login-1')));
      await does(leave(said('logout-1'), at(5)));
      await does(arrive(ben, said('login-2')));
      const owing = await does(arrive(cleo, said('login-3')));
      const [byLogout = '', byLogin = ''] = marks('logout-1', 'login-3');
      const comes = (...settled: string[]) => tries(news(said('login-4'), { settled }), arrive(ana, said('login-4')));
      expect(await comes()).toEqual({ won: false, panel: owing });
      expect(await comes(byLogout)).toEqual({ won: false, panel: owing });
      expect(await comes(byLogin, 'another')).toEqual({ won: false, panel: owing });
      expect(await comes(byLogout, byLogin, 'another')).toMatchObject({ won: true });
    });

    test.each(SLOTS)('is not held back by what is paid: %s', async (slot) => {
      const by = await owed(slot);
      await does({ do: 'settle', slot }, { if: 'owed', slot, by });
      expect(await tries(news(said('login-9')), arrive(cleo, said('login-9')))).toMatchObject({ won: true });
    });

    test('is not held back by a leaving of nobody', async () => {
      await does(leave(said('logout-1'), at(5)));
      await does(arrive(ana, said('login-1')));
      expect(await tries(news(said('login-2')), arrive(ben, said('login-2')))).toMatchObject({ won: true });
    });
  });

  describe('that the same user is there', () => {
    test.each<[string, Pick<Occupant, 'realm' | 'user'>, boolean]>([
      ['is', ana, true],
      ['is not, of another user,', ben, false],
      ['is not, of one of that name in another realm,', { ...ana, realm: 'library' }, false],
    ])('%s so', async (_, person, won) => {
      await does(arrive(ana, said('login-1')));
      expect(await tries({ if: 'there', person }, { do: 'stay', epoch: NOON })).toMatchObject({ won });
    });

    test('is not so on a panel that nobody has ever been on, nor on one that nobody is on', async () => {
      const stays = { do: 'stay', epoch: NOON } as const;
      expect(await tries({ if: 'there', person: ana }, stays)).toEqual({ won: false, panel: EMPTY_PANEL });
      await does(arrive(ana, said('login-1')));
      await does(leave(said('logout-1'), at(5)));
      expect(await tries({ if: 'there', person: ana }, stays)).toMatchObject({ won: false });
    });
  });

  /** Ana has left, or was displaced by ben, at 11 s. */
  async function owed(slot: Slot): Promise<string> {
    await does(arrive(ana, said('login-1')));
    await does(slot === 'leaver' ? leave(said('logout-1'), at(11)) : arrive(ben, said('login-2'), at(11)));
    return markOf(slot === 'leaver' ? said('logout-1') : said('login-2'));
  }

  describe.each(SLOTS)('a debt: %s', (slot) => {
    const settle: PanelChange = { do: 'settle', slot };
    const other: Slot = slot === 'leaver' ? 'displaced' : 'leaver';

    test('is paid once, by the word that left it', async () => {
      const by = await owed(slot);
      expect(await tries({ if: 'owed', slot, by: 'another' }, settle)).toMatchObject({ won: false });
      expect(await tries({ if: 'owed', slot: other, by }, settle)).toMatchObject({ won: false });
      expect(await tries({ if: 'owed', slot, by }, settle)).toMatchObject({ won: true });
      expect(await tries({ if: 'owed', slot, by }, settle)).toMatchObject({ won: false });
    });

    test('is none of a word that nobody left by', async () => {
      await does(slot === 'leaver' ? leave(said('logout-1'), at(11)) : arrive(ben, said('login-2')));
      const by = markOf(slot === 'leaver' ? said('logout-1') : said('login-2'));
      expect(await tries({ if: 'owed', slot, by }, settle)).toMatchObject({ won: false });
    });

    test('is none on a panel that nobody has ever been on', async () => {
      expect(await tries({ if: 'owed', slot, by: 'any' }, settle)).toEqual({ won: false, panel: EMPTY_PANEL });
      expect(await tries({ if: 'owed-for', slot, session: named(ana) }, settle)).toMatchObject({ won: false });
    });

    const lastEpoch = after(at(11), CLOCK_MARGIN);
    test.each<[string, Partial<Occupant>, boolean]>([
      ['the session that its user had', {}, true],
      ['one that opened as late as they can have left', { epoch: lastEpoch }, true],
      ['one that opened later', { epoch: lastEpoch + 1 }, false],
      ['one that was over before they came', { epoch: ana.epoch - 1 }, false],
      ['another user’s', { user: 'ben' }, false],
      ['another realm’s', { realm: 'library' }, false],
    ])('is for %s', async (_, differs, won) => {
      await owed(slot);
      const session = named({ ...ana, ...differs });
      expect(await tries({ if: 'owed-for', slot: other, session }, settle)).toMatchObject({ won: false });
      expect(await tries({ if: 'owed-for', slot, session }, settle)).toMatchObject({ won });
      expect(await tries({ if: 'owed-for', slot, session }, settle)).toMatchObject({ won: false });
    });
  });

  describe('a session that has ended', () => {
    test.each<[string, Partial<Occupant>, boolean]>([
      ['the one on the panel', {}, true],
      ['one that opened later than its login asked', { epoch: NOON + 1 }, true],
      ['one that opened before', { epoch: NOON - 1 }, false],
      ['another user’s', { user: 'ben' }, false],
      ['another realm’s', { realm: 'library' }, false],
    ])('vacates the panel where it is %s', async (_, differs, won) => {
      await does(arrive(ana, said('login-1')));
      const shows: PanelCondition = { if: 'shows', session: named({ ...ana, ...differs }) };
      expect(await tries(shows, { do: 'vacate' })).toMatchObject({ won });
      expect((await there()).occupant).toEqual(won ? undefined : ana);
    });

    test('vacates no panel that nobody is on', async () => {
      const shows: PanelCondition = { if: 'shows', session: named(ana) };
      expect(await tries(shows, { do: 'vacate' })).toEqual({ won: false, panel: EMPTY_PANEL });
      await does(arrive(ana, said('login-1')));
      await does(leave(said('logout-1'), at(5)));
      expect(await tries(shows, { do: 'vacate' })).toMatchObject({ won: false });
    });
  });

  test('of two who come at once, each comes once, and the second finds the first', async () => {
    const both = await Promise.all([
      tries(news(said('login-1')), arrive(ana, said('login-1'))),
      tries(news(said('login-2')), arrive(ben, said('login-2'))),
    ]);
    // A write that is sent again after the other's has been heard already: it is told so, and does nothing.
    expect(both.map(({ won }) => won)).toContain(true);
    for (const [n, { won, panel }] of both.entries())
      expect(won || standing(said(`login-${n + 1}`), panel.heard) === 'repeat').toBe(true);
    const { occupant, displaced, heard: known } = await there();
    expect(known.turns.toSorted()).toEqual(marks('login-1', 'login-2').toSorted());
    expect([occupant?.user, displaced?.user].toSorted()).toEqual(['ana', 'ben']);
  });
}
