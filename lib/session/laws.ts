/**
 * What holds of every write on a seat, whatever was decided. The conditions and the decisions see to it; where one of these
 * is broken, they have a fault. In memory such a write throws; of the table's, the journal says so.
 */
import { after, type DurationMs, durationMs } from '../time.ts';
import { JOBS_MAX } from './jobs.ts';
import { CLOCK_MARGIN, descentOf } from './ladder.ts';
import { isOpen, type OpenSession, type Seat, type Session } from './seat.ts';
import { DATES_MAX, type Heard, OTHERS_MAX, TURNS_MAX } from './word.ts';

/**
 * Which laws this write broke, in words; none where all is well.
 *
 * @param old the item before it
 * @param now the item after it
 * @param sweepMs the longest slot under which `due` may have been set; `any` where nothing is known of that
 */
export function brokenLaws(old: Seat | undefined, now: Seat, sweepMs: DurationMs | 'any'): readonly string[] {
  return [
    ...lawsOfEpochs(old, now),
    ...(isOpen(now) && sweepMs !== 'any' ? lawsOfSweeps(now.session, sweepMs) : []),
    ...(old?.session !== undefined && now.session !== undefined && old.epoch === now.epoch
      ? lawsOfOneSession(old.session, now.session)
      : []),
    ...boundsOf(now),
  ];
}

const brokenIf = (isBroken: boolean, law: string): readonly string[] => (isBroken ? [law] : []);

function lawsOfEpochs(old: Seat | undefined, now: Seat): readonly string[] {
  const isSame = old?.epoch === now.epoch;
  const opens = isOpen(now) && (!isSame || old.session === undefined);
  return [
    ...brokenIf(old !== undefined && now.epoch < old.epoch, 'an epoch never gets smaller'),
    ...brokenIf(opens && isSame, 'a session that opens has an epoch of its own'),
    ...brokenIf(opens && now.revision !== 1, 'a session opens with revision 1'),
    ...brokenIf(isSame && !opens && now.revision !== old.revision + 1, 'each write within an epoch counts one up'),
    ...brokenIf(
      old?.session !== undefined && !opens && !(isSame && now.session !== undefined),
      'a session gives way to nothing but another that opens',
    ),
  ];
}

/** A sweep looks at it no later than in the slot of its next change of rung. */
function lawsOfSweeps({ rung, deadlines, due }: OpenSession, sweepMs: DurationMs): readonly string[] {
  const descent = descentOf(deadlines);
  const next = descent[descent.findIndex((step) => step.rung === rung) + 1];
  // Less than a slot: where it is a slot's own instant, that is this one's.
  const isLate = next !== undefined && due >= after(next.at, durationMs(CLOCK_MARGIN + sweepMs));
  return brokenIf(isLate, 'a sweep looks no later than in the slot of the next change of rung');
}

function lawsOfOneSession(old: Session, now: Session): readonly string[] {
  const instants = ['heardAt', 'activeAt', 'loggedOnAt', 'pingedAt', 'resumedAt'] as const;
  const wentBack = instants.filter((instant) => (now[instant] ?? 0) < (old[instant] ?? 0));
  const facts = ['station', 'openedAt', 'openedBy', 'madeAnewOf', 'seal'] as const;
  const changed = facts.filter((fact) => now[fact] !== old[fact]);
  return [
    ...wentBack.map((instant) => `${instant} never moves back`),
    ...changed.map((fact) => `${fact} stays what it was`),
    ...brokenIf(now.deadlines.maximumAt !== old.deadlines.maximumAt, 'nothing moves the maximum'),
    ...brokenIf(old.state === 'ended' && now.state !== 'ended', 'what has ended is open no more'),
    ...brokenIf(
      old.state === 'ended' &&
        now.state === 'ended' &&
        (now.ended.at !== old.ended.at || now.ended.by !== old.ended.by),
      'what has ended stays ended as it was',
    ),
    ...brokenIf(now.state === 'ended' && now.ended.at < now.heardAt, 'no session ends before it was heard of'),
  ];
}

function boundsOf({ heard, session }: Seat): readonly string[] {
  const rings = { turns: TURNS_MAX, others: OTHERS_MAX, dates: DATES_MAX } satisfies Record<keyof Heard, number>;
  return [
    ...(['turns', 'others', 'dates'] as const).flatMap((ring) =>
      brokenIf(heard[ring].length > rings[ring], `no more than ${rings[ring]} ${ring} are remembered`),
    ),
    ...brokenIf((session?.jobNotes?.length ?? 0) > JOBS_MAX, `no more than ${JOBS_MAX} jobs are remembered`),
  ];
}
