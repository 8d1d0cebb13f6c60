/** What becomes of a ping, of activity and of a job's events. */
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import { after, latest, NEVER } from '../time.ts';
import { type Change, type Condition, isOvertaken, movedDeadlines } from './attempt.ts';
import { type Login, type SignOfLife, saying } from './commands.ts';
import { deadlinesOf, slotOf } from './ladder.ts';
import type { Occupied, OpenSession, Seat } from './session.ts';
import { addressed, inOrder, liveFor, type Step, unchanged } from './step.ts';

export function guessSignOfLife(said: SignOfLife): Step {
  const jobs = said.type === 'job-started' ? 0 : said.type === 'job-ended' ? 1 : undefined;
  const { idleAt, leaseAt, ...moves } = movesOf(said, jobs ?? 0);
  const deadlines = { leaseAt, maximumAt: NEVER, ...present({ idleAt: idleAt ?? undefined }) };
  const slot = slotOf(deadlines, said.policy.sweepMs);
  const mayComeSooner = said.type === 'job-ended';
  const condition: Condition = {
    ...liveFor(said),
    ...(said.type === 'ping' ? {} : { ...inOrder(said), unlessId: said.id }),
    station: said.station.id,
    heardAtMost: said.now,
    // Where a job or an older policy had put the sweep off for longer, it must be called back: read, then decide.
    dueAtMost: slot,
    ...(mayComeSooner ? {} : { orJobWaits: true }),
    ...present({ jobs }),
  };
  const change: Change = {
    do: 'renew',
    leaseAt,
    ...present({ idleAt }),
    ...moves,
    ...(said.type === 'ping' ? {} : { latest: saying(said) }),
  };
  // The slot in which the job would have ended has a timer; the one in which the session ends now may have none.
  return { attempt: { condition, change }, meaning: 'renewed', ...(mayComeSooner ? { arm: slot } : {}) };
}

type Moves = Omit<Extract<Change, { do: 'renew' }>, 'do' | 'latest' | 'due'>;

/** What a sign of life moves. A ping says that the station lives; anything else says that the user does too. */
function movesOf(
  { type, now, policy, station }: Pick<SignOfLife | Login, 'type' | 'now' | 'policy' | 'station'>,
  jobs: number,
): Moves {
  const { idleAt, leaseAt } = deadlinesOf(policy, station, { openedAt: now, activeAt: now, heardAt: now });
  const alive = { heardAt: now, leaseAt };
  const active = { ...alive, activeAt: now, idleAt: idleAt ?? null };
  switch (type) {
    case 'ping':
      return alive;
    case 'login':
    case 'activity':
      return active;
    case 'job-started':
      return { ...active, jobs: jobs + 1, jobAt: after(now, policy.jobMs) };
    case 'job-ended':
      return jobs > 1 ? { ...active, jobs: jobs - 1 } : { ...active, jobs: 0, jobAt: null };
    default:
      return assertNever(type);
  }
}

export function decideSignOfLife(said: SignOfLife, seat: Seat | undefined): Step {
  const there = addressed(said, seat);
  if ('verdict' in there) return there;
  if (there.latest.id === said.id) return { verdict: { is: 'repeated', seat: there } };
  return renew(said, there);
}

/** Renews what was read, and sees that a sweep comes no later than in the slot of the new end. */
export function renew(said: SignOfLife | Login, seat: Occupied<OpenSession>): Step {
  const { session } = seat;
  const { occurredAt: _, ...undated } = saying(said);
  const outOfOrder = isOvertaken(seat, saying(said));
  // Out of order it is no news of a job, but it has just been heard all the same.
  const type = outOfOrder && said.type !== 'ping' ? 'activity' : said.type;
  // Something later may have been heard meanwhile: no deadline moves back.
  const now = latest(said.now, session.heardAt);
  // Past the cap of the newest job no job runs any more, whether or not its end was ever heard.
  const running = session.deadlines.jobAt !== undefined && now < session.deadlines.jobAt ? session.jobs : 0;
  const news = type === 'ping' ? {} : { latest: outOfOrder ? undated : saying(said) };
  const change: Change = { do: 'renew', ...movesOf({ ...said, type, now }, running), ...news };
  const slot = slotOf(movedDeadlines(session.deadlines, change), said.policy.sweepMs);
  const due = slot < session.due ? slot : undefined;
  const comesSooner = slot < slotOf(session.deadlines, said.policy.sweepMs);
  return {
    attempt: { condition: unchanged(seat), change: { ...change, ...present({ due }) } },
    meaning: 'renewed',
    ...(comesSooner || due !== undefined ? { arm: slot } : {}),
  };
}
