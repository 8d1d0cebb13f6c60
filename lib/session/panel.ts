/**
 * The law of conditional writes on a panel: who is on it, who has left it and must still be put out, and what it remembers
 * of words. The DynamoDB adapter says the same in expressions (lib/aws/panels.ts).
 *
 * Somebody who comes proves that the last one has left. A process may die between the write that says so and the one that
 * ends the last one's session. So the panel keeps the debt until somebody has paid it: the word's own repeat, the next
 * word, or the journal, which sees the session end. The panel is a hint: whether a session lives, its seat says.
 */
import { assertNever } from '../assert.ts';
import { after, type EpochMs } from '../time.ts';
import { CLOCK_MARGIN } from './ladder.ts';
import type { Epoch, Reason, SessionName } from './seat.ts';
import { type Heard, type Mark, markOf, NOTHING_HEARD, standing, type Word, withTurn } from './word.ts';

/** A person on a panel: the realm and the user together name them. */
export interface Occupant {
  readonly realm: string;
  readonly user: string;
  /** The epoch for which their login asked: their session's is no smaller. */
  readonly epoch: Epoch;
}

/** Somebody who was on the panel, and by which word they left it. */
export interface Leaver extends Occupant {
  readonly by: Mark;
  readonly leftAt: EpochMs;
  /** Nobody has made sure yet that what they had open here has ended. */
  readonly isOwed: boolean;
}

export interface Panel {
  /** Absent where nobody is there. */
  readonly occupant?: Occupant;
  /** The last who left by a logout or a boot: a repeat of that means them, and not the one who has come since. */
  readonly leaver?: Leaver;
  /** The last who was still there when another came. */
  readonly displaced?: Leaver;
  readonly heard: Heard;
}

export const EMPTY_PANEL: Panel = { heard: NOTHING_HEARD };

export type PanelCondition =
  /** The word is news, another than this person is there, or nobody, and nothing is owed but what these words left. */
  | { readonly if: 'news'; readonly word: Word; readonly unless?: Person; readonly settled: readonly Mark[] }
  /** This person is there, and the word, if there is one, is news. */
  | { readonly if: 'there'; readonly person: Person; readonly word?: Word }
  /** The word is news. */
  | { readonly if: 'unheard'; readonly word: Word }
  /** What this word left is still owed. */
  | { readonly if: 'owed'; readonly slot: Slot; readonly by: Mark }
  /** What is owed is the end of this session. */
  | { readonly if: 'owed-for'; readonly slot: Slot; readonly session: SessionName }
  /** This session is the one on the panel. */
  | { readonly if: 'shows'; readonly session: SessionName };

export type PanelChange =
  /** This person has come; the one who was there is displaced. */
  | ({ readonly do: 'arrive'; readonly occupant: Occupant; readonly now: EpochMs } & Heeded)
  /** The one who was there has left. */
  | ({ readonly do: 'leave'; readonly now: EpochMs } & Heeded)
  /** The one who is there stays, perhaps by logging in again; this is the epoch of their session. */
  | ({ readonly do: 'stay'; readonly epoch: Epoch } & Partial<Heeded>)
  | ({ readonly do: 'hear' } & Heeded)
  | { readonly do: 'settle'; readonly slot: Slot }
  | { readonly do: 'vacate' };

/** Where a panel keeps somebody who has left. */
export type Slot = 'leaver' | 'displaced';
export const SLOTS: readonly Slot[] = ['leaver', 'displaced'];

/** What is kept of a panel names people: from `keepUntil` of its last word on it may be collected as garbage. */
interface Heeded {
  readonly word: Word;
  readonly keepUntil: EpochMs;
}

export interface PanelAttempt {
  readonly condition: PanelCondition;
  readonly change: PanelChange;
}

type Person = Pick<Occupant, 'realm' | 'user'>;

export const isSamePerson = (one: Person | undefined, other: Person | undefined): boolean =>
  one !== undefined && one.realm === other?.realm && one.user === other.user;

/** What is owed, and where it stands. */
export interface Debt {
  readonly slot: Slot;
  readonly leaver: Leaver;
}

export const debtsOn = (panel: Panel): readonly Debt[] =>
  SLOTS.flatMap((slot) => {
    const leaver = panel[slot];
    return leaver?.isOwed === true ? [{ slot, leaver }] : [];
  });

export function panelMeets(condition: PanelCondition, panel: Panel): boolean {
  const { occupant, heard } = panel;
  switch (condition.if) {
    case 'news':
      return (
        standing(condition.word, heard) === 'news' &&
        !isSamePerson(condition.unless, occupant) &&
        debtsOn(panel).every(({ leaver }) => condition.settled.includes(leaver.by))
      );
    case 'there':
      return (
        isSamePerson(condition.person, occupant) &&
        (condition.word === undefined || standing(condition.word, heard) === 'news')
      );
    case 'unheard':
      return standing(condition.word, heard) === 'news';
    case 'owed':
      return panel[condition.slot]?.isOwed === true && panel[condition.slot]?.by === condition.by;
    case 'owed-for':
      return isOwedFor(condition.session, panel[condition.slot]);
    case 'shows':
      return isShown(condition.session, occupant);
    default:
      return assertNever(condition);
  }
}

/** Not for one of before: the end of that may be announced when they have long come again. */
const isOwedFor = (session: SessionName, leaver: Leaver | undefined): boolean =>
  leaver?.isOwed === true &&
  isSamePerson(session, leaver) &&
  leaver.epoch <= session.epoch &&
  session.epoch <= after(leaver.leftAt, CLOCK_MARGIN);

const isShown = (session: SessionName, occupant: Occupant | undefined): boolean =>
  occupant !== undefined && isSamePerson(session, occupant) && occupant.epoch <= session.epoch;

/**
 * The latest epoch that a session can have which its user left behind then. Clocks differ, so it may be a little later
 * than that; but what they have come back to is none of it.
 */
export function epochAtMost(leaver: Leaver, occupant: Occupant | undefined): Epoch {
  const leftBehind = after(leaver.leftAt, CLOCK_MARGIN);
  return occupant !== undefined && isSamePerson(occupant, leaver)
    ? Math.min(leftBehind, occupant.epoch - 1)
    : leftBehind;
}

/** What the panel becomes. Only for a change whose condition held. */
export function applyToPanel(change: PanelChange, panel: Panel): Panel {
  const { occupant, ...others } = panel;
  const there = occupant === undefined ? {} : { occupant };
  switch (change.do) {
    case 'arrive':
      return { ...leaving('displaced', panel, change), occupant: change.occupant };
    case 'leave':
      return leaving('leaver', panel, change);
    case 'stay':
      if (occupant === undefined) throw new Error('nobody is there who could stay: the condition let it through');
      return {
        ...others,
        occupant: { ...occupant, epoch: change.epoch },
        heard: change.word === undefined ? panel.heard : withTurn(panel.heard, change.word),
      };
    case 'hear':
      return { ...panel, heard: heeding(panel, change) };
    case 'settle': {
      const leaver = panel[change.slot];
      return { ...there, ...others, ...(leaver === undefined ? {} : { [change.slot]: { ...leaver, isOwed: false } }) };
    }
    case 'vacate':
      return others;
    default:
      return assertNever(change);
  }
}

/** A slot tells of the last word that might have filled it: where nobody was there, it tells of nobody. */
function leaving(slot: Slot, panel: Panel, change: Heeded & { readonly now: EpochMs }): Panel {
  const { occupant, [slot]: _, ...others } = panel;
  const heard = heeding(panel, change);
  if (occupant === undefined) return { ...others, heard };
  return { ...others, [slot]: { ...occupant, by: markOf(change.word), leftAt: change.now, isOwed: true }, heard };
}

const heeding = ({ heard }: Panel, { word }: Heeded): Heard => withTurn(heard, word);

/**
 * A session has ended: the panel shows it no more, and nothing is owed for it. What its end makes likely comes first; a
 * panel is seldom written twice for one end.
 */
export function forEnded(session: SessionName, reason: Reason): readonly PanelAttempt[] {
  const settle = (slot: Slot): PanelAttempt => ({
    condition: { if: 'owed-for', slot, session },
    change: { do: 'settle', slot },
  });
  const vacate: PanelAttempt = { condition: { if: 'shows', session }, change: { do: 'vacate' } };
  if (reason === 'next-user') return [settle('displaced'), vacate, settle('leaver')];
  if (reason === 'boot') return [settle('leaver'), vacate, settle('displaced')];
  return [vacate, settle('leaver'), settle('displaced')];
}
