/**
 * What a panel adds: one user at a time stands at it. So a login of another user there, even one that is refused, proves
 * that the last one has left, and a station can log out the one who is there.
 *
 * The panel's item is written first, or beside the seat. Its crashes are harmless: a panel may name a session that never
 * opened, and it keeps whose end it owes until somebody has seen to it.
 */
import type { Farewell, Login, Spoken, Verdict } from '../session/commands.ts';
import { hasBeenUnderWay, mayEndAnother, OVERTAKEN } from '../session/login.ts';
import { isLate } from '../session/opening.ts';
import {
  debtsOn,
  epochAtMost,
  forEnded,
  isSamePerson,
  type Leaver,
  type Occupant,
  type Panel,
  type PanelCondition,
  panelMeets,
} from '../session/panel.ts';
import { onlySeat, seatNames } from '../session/place.ts';
import type { Reason, SeatKey, SessionName } from '../session/seat.ts';
import { type Mark, markOf, type Standing, standing, type Word } from '../session/word.ts';
import { after, DAY, durationMs, type EpochMs } from '../time.ts';
import { type Carrier, carryOut, logIn, RACES_MAX } from './carry.ts';
import { seatHere } from './place.ts';
import { type Panels, SEATS_AT_ONCE, Unavailable } from './ports.ts';

export interface PanelParts extends Carrier {
  readonly panels: Panels;
}

/** A login at a station with a panel: seat and panel in one round trip. */
export async function loginAtPanel(parts: PanelParts, login: Login): Promise<Verdict> {
  // One that is too late to open anything is no news of who is on the panel either.
  if (isLate(login)) return loginTooLate(parts, login);

  const { realm, user, epoch } = login;
  const receiving = receive(parts, login, { do: 'arrive', occupant: { realm, user, epoch } });
  let asked = login;
  if (hasBeenUnderWay(login) || mayEndAnother(login)) {
    const { is, isThere, panel } = await receiving;
    if (is === 'overtaken' && !isThere) return undo(parts, login, panel);
    // Its seat tells what it did the first time; nobody else's session ends by it.
    if (is === 'repeat' && !isThere) asked = refusingTakeOver(login);
  }
  // What its user has left behind here is over before anything goes on: no session is renewed whose end is owed.
  const [verdict, received] = await both(logIn(parts, asked, receiving), receiving);
  // Only now is it known that somebody else has stood here since: what has been opened is over.
  if ((received.is === 'overtaken' && !received.isThere) || (opensNothing(received) && verdict.is === 'opened')) {
    return undo(parts, login, received.panel);
  }
  // Or that it has had its session, on a seat of an earlier policy.
  if (received.is === 'repeat' && verdict.is === 'opened' && (await hasOpenedOn(parts, login, verdict.seat.key))) {
    return undo(parts, login, received.panel);
  }
  if (received.is === 'news' && hasComeAgain(verdict, received.panel)) {
    await giveBack(parts, login, received.panel);
    return verdict;
  }
  const { panel, isThere } = await name(parts, login, received, verdict);
  if (!isThere && verdict.is === 'opened') return undo(parts, login, panel);
  await settle(parts, { ...login, reason: 'next-user' }, panel);
  return verdict;
}

/** Its first try may have been in time, and have left something owed. */
async function loginTooLate(parts: PanelParts, login: Login): Promise<Verdict> {
  const verdict = await logIn(parts, login);
  await settle(parts, { ...login, reason: 'next-user' }, await parts.panels.read(login.station.id));
  return verdict;
}

interface Received {
  /** News, or a repeat, or out of order; or the same user is there already, and is only to be heard again. */
  readonly is: Standing | 'there';
  readonly panel: Panel;
  /** The one who is to be there by this word is. */
  readonly isThere: boolean;
}

const refusingTakeOver = (login: Login): Login => ({ ...login, policy: { ...login.policy, takeOver: 'refuse' } });

/** It was heard before and another has come since; or it is out of order, and could only go on with what is there. */
const opensNothing = ({ is, isThere }: Received): boolean => is === 'overtaken' || (is === 'repeat' && !isThere);

type Turn = { readonly do: 'arrive'; readonly occupant: Occupant } | { readonly do: 'leave' };

/** Somebody comes or leaves by this word, if it is news. Pays what is owed before. */
async function receive(parts: PanelParts, said: Spoken, turn: Turn): Promise<Received> {
  const { word, station } = said;
  const comes = turn.do === 'arrive' ? turn.occupant : undefined;
  const settled: Mark[] = [];
  for (let races = 0; races < RACES_MAX; races++) {
    const condition: PanelCondition = {
      if: 'news',
      word,
      settled,
      ...(comes === undefined ? {} : { unless: comes }),
    };
    // Who leaves by it has left no earlier than now: what they have opened meanwhile is left behind too.
    const change = { ...turn, word, now: parts.clock(), keepUntil: keepUntil(said) };
    const { won, panel } = await parts.panels.write(station.id, { condition, change });
    const isThere = isSamePerson(comes, panel.occupant);
    if (won) return { is: 'news', panel, isThere };
    const is = standing(word, panel.heard);
    if (is !== 'news' && !(is === 'overtaken' && isThere)) return { is, panel, isThere };
    for (const { slot, leaver } of debtsOn(panel)) {
      const reason = slot === 'displaced' ? 'next-user' : 'logout';
      // Since when they are back, if they are: they may have come before this word.
      const back = [panel.occupant, comes].find((one) => isSamePerson(one, leaver));
      await leave(parts, { ...said, word: paying(word), reason }, leaver, back);
      settled.push(leaver.by);
    }
    if (isThere) return { is: is === 'news' ? 'there' : is, panel, isThere };
  }
  throw new Unavailable('panel');
}

/** Pays what another word left: it may be its own user's, whose seat is yet to hear this one. */
const paying = (word: Word): Word => ({ ...word, type: 'logout', id: `${word.id} pays` });

/**
 * The panel names the session by its epoch. That is another than the login asked for where the session is one of before:
 * the same user is there still, and is only to be heard again. Meanwhile they may have left, or somebody else may have come.
 */
async function name(
  parts: PanelParts,
  login: Login,
  { is, panel }: Received,
  verdict: Verdict,
): Promise<Pick<Received, 'panel' | 'isThere'>> {
  const { word, realm, user, station } = login;
  const epoch = 'seat' in verdict ? verdict.seat.epoch : login.epoch;
  const isTold = is === 'news' && panel.occupant?.epoch === epoch;
  if (isTold || is === 'repeat' || is === 'overtaken') return { panel, isThere: true };
  const heeded = is === 'there' ? { word, keepUntil: keepUntil(login) } : {};
  const named = await parts.panels.write(station.id, {
    condition: { if: 'there', person: { realm, user }, ...(is === 'there' ? { word } : {}) },
    change: { do: 'stay', epoch, ...heeded },
  });
  if (named.won || named.panel.occupant !== undefined) return { panel: named.panel, isThere: named.won };
  // What went on with what they had has ended with it.
  if (verdict.is !== 'opened' && verdict.is !== 'repeated') return { panel, isThere: true };
  // They were shown by the session that they had before, and its end has come here meanwhile.
  return receive(parts, login, { do: 'arrive', occupant: { realm, user, epoch } });
}

/** The seat remembers it, which sees fewer people than the panel: others have stood here since its session. */
const hasComeAgain = (verdict: Verdict, { displaced }: Panel): boolean =>
  verdict.is === 'gone' &&
  (verdict.past === undefined || displaced === undefined || displaced.epoch > verdict.past.name.epoch);

/** Nobody has come: the panel shows again whom it showed, and they are not put out. */
async function giveBack({ panels }: PanelParts, login: Login, { displaced }: Panel): Promise<void> {
  const { word, now, realm, user, epoch, station } = login;
  const by = markOf(word);
  // Unless they have come by another word since.
  const condition: PanelCondition = { if: 'shows', session: { realm, user, seat: '', epoch } };
  if (displaced?.by !== by) {
    await panels.write(station.id, { condition, change: { do: 'vacate' } });
    return;
  }
  const { by: _, leftAt: __, isOwed: ___, ...occupant } = displaced;
  await panels.write(station.id, {
    condition,
    change: { do: 'arrive', occupant, word, now, keepUntil: keepUntil(login) },
  });
  const slot = 'displaced';
  await panels.write(station.id, { condition: { if: 'owed', slot, by }, change: { do: 'settle', slot } });
}

/** Both, or the error of one, but not before the other is settled too: nothing goes on behind an answer. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

/** What this login has opened, now or at its first try, is over. */
async function undo(parts: PanelParts, login: Login, { occupant }: Panel): Promise<Verdict> {
  const openedBy = markOf(login.word);
  const key = onlySeat(login, seatNames(login)) ?? (await seatOpenedBy(parts, login, openedBy));
  const reason = occupant === undefined || isSamePerson(login, occupant) ? 'logout' : 'next-user';
  if (key !== undefined) await carryOut(parts, { ...farewell({ ...login, reason }), key, of: { openedBy } }, key);
  return OVERTAKEN;
}

async function seatOpenedBy({ seats }: PanelParts, login: Login, openedBy: Mark): Promise<SeatKey | undefined> {
  const { items } = await seats.ofUser(login.realm, login.user, { limit: SEATS_AT_ONCE });
  return items.find(({ session }) => session?.openedBy === openedBy)?.key;
}

/** Whether another seat than this one has heard of this login. */
async function hasOpenedOn({ seats }: PanelParts, { realm, user, word }: Login, { seat }: SeatKey): Promise<boolean> {
  const { items } = await seats.ofUser(realm, user, { limit: SEATS_AT_ONCE });
  return items.some(({ key, heard }) => key.seat !== seat && standing(word, heard) === 'repeat');
}

type Leaving = Spoken & Pick<Farewell, 'reason'>;

/** What a station says that ends what is open on its panel. A repeat means the one who left by it the first time. */
export async function leavePanel(parts: PanelParts, said: Leaving): Promise<Verdict> {
  const received = await receive(parts, said, { do: 'leave' });
  const { is, panel } = received;
  const { leaver, occupant } = panel;
  if (is !== 'overtaken' && leaver?.by === markOf(said.word)) {
    return (await settle(parts, said, panel)) ?? leave(parts, said, leaver, occupant);
  }
  return { is: is === 'news' || occupant === undefined ? 'nothing-open' : 'stale' };
}

/** Ends what the last one has left behind, if that is owed by this word. */
async function settle(parts: PanelParts, said: Leaving, panel: Panel): Promise<Verdict | undefined> {
  const by = markOf(said.word);
  const debt = debtsOn(panel).find(({ leaver }) => leaver.by === by);
  if (debt === undefined) return undefined;
  const { slot, leaver } = debt;
  const verdict = await leave(parts, said, leaver, panel.occupant);
  // What has just ended is announced, and the debt goes with that.
  if (verdict.is !== 'ended') {
    await parts.panels.write(said.station.id, { condition: { if: 'owed', slot, by }, change: { do: 'settle', slot } });
  }
  return verdict;
}

/** Ends what somebody who has left had open here; they may be the one who is here now. */
async function leave(
  parts: PanelParts,
  said: Leaving,
  leaver: Leaver,
  occupant: Occupant | undefined,
): Promise<Verdict> {
  const place = await seatHere(parts, said, leaver);
  if ('is' in place) return place;
  const { key } = place;
  return carryOut(parts, { ...farewell(said), key, of: { epochAtMost: epochAtMost(leaver, occupant) } }, key);
}

const farewell = ({ now, policy, station, word, reason }: Leaving): Omit<Farewell, 'key'> => ({
  type: 'farewell',
  now,
  policy,
  station,
  word,
  reason,
});

/** A dated logout that names no session may have overtaken its login: the panel knows it, whoever is there. */
export async function keepOnPanel({ panels }: Pick<PanelParts, 'panels'>, said: Spoken): Promise<void> {
  const { station, word } = said;
  await panels.write(station.id, {
    condition: { if: 'unheard', word },
    change: { do: 'hear', word, keepUntil: keepUntil(said) },
  });
}

/** A session has ended: its panel shows it no more, and nothing is owed for it. */
export async function clearPanel(panels: Panels, station: string, session: SessionName, reason: Reason): Promise<void> {
  const [guess, ...others] = forEnded(session, reason);
  if (guess === undefined) return;
  const { won, panel } = await panels.write(station, guess);
  const right = won ? undefined : others.find(({ condition }) => panelMeets(condition, panel));
  if (right !== undefined) await panels.write(station, right);
}

/** Past the latest that a session on the panel can end it stays a week, as its seat does. */
const keepUntil = ({ now, policy }: Spoken): EpochMs => after(now, durationMs(policy.maximumMs + 7 * DAY));
