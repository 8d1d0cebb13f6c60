/** What becomes of a ping, of activity and of a job's events. */
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import { after, latest, NEVER } from '../time.ts';
import { type Login, type SignOfLife, saying } from './commands.ts';
import { deadlinesOf, freshSigns, rungAt, slotOf } from './ladder.ts';
import { isLate, openingAnew } from './opening.ts';
import type { Deadlines, Occupied, OpenSession, Seat } from './seat.ts';
import { addressed, inOrder, liveFor, type Step, unchanged } from './step.ts';
import { type Change, type Condition, isKnown, isOvertaken, movedDeadlines, wasPingedSince } from './write.ts';

export function guessSignOfLife(said: SignOfLife): Step {
  const jobs = said.type === 'job-started' ? 0 : said.type === 'job-ended' ? 1 : undefined;
  const { idleAt, lingerAt, leaseAt, ...moves } = movesOf(said, jobs ?? 0);
  const deadlines: Deadlines = {
    leaseAt,
    maximumAt: NEVER,
    ...present({ idleAt: idleAt ?? undefined, lingerAt: lingerAt ?? undefined }),
  };
  const slot = slotOf(deadlines, said.policy.sweepMs);
  const mayComeSooner = said.type === 'job-ended';
  const condition: Condition = {
    ...liveFor(said),
    ...(said.type === 'ping' ? {} : { ...inOrder(said), unlessId: said.id }),
    station: said.station.id,
    heardAtMost: said.now,
    ...(said.type === 'ping' ? present({ pingedBefore: said.signedAt }) : {}),
    // Where a job or an older policy had put the sweep off for longer, it must be called back: read, then decide.
    dueAtMost: slot,
    isActive: true,
    ...(mayComeSooner ? {} : { orJobWaits: true }),
    ...present({ jobs }),
  };
  const change: Change = {
    do: 'renew',
    leaseAt,
    ...present({ idleAt, lingerAt }),
    ...moves,
    ...newsOf(said),
  };
  // The slot in which the job would have ended has a timer; the one in which the session ends now may have none.
  return { attempt: { condition, change }, meaning: 'renewed', ...(mayComeSooner ? { arm: slot } : {}) };
}

/** A ping's only news is when it was signed; whatever else is said is kept as the station's newest word. */
const newsOf = (said: SignOfLife | Login): Pick<Extract<Change, { do: 'renew' }>, 'latest' | 'pingedAt'> =>
  said.type === 'ping' ? present({ pingedAt: said.signedAt }) : { latest: saying(said) };

type Moves = Omit<Extract<Change, { do: 'renew' }>, 'do' | 'latest' | 'due' | 'pingedAt'>;

/**
 * What a sign of life moves. A ping says that the station lives; anything else says that the user does too, and a login
 * that they have authenticated.
 */
function movesOf(
  { type, now, policy, station }: Pick<SignOfLife | Login, 'type' | 'now' | 'policy' | 'station'>,
  jobs: number,
): Moves {
  const { idleAt, lingerAt, leaseAt, rememberedUntil } = deadlinesOf(policy, station, freshSigns(now));
  const alive = { heardAt: now, leaseAt };
  const active = { ...alive, activeAt: now, idleAt: idleAt ?? null, lingerAt: lingerAt ?? null };
  switch (type) {
    case 'ping':
      return alive;
    case 'login':
      return { ...active, logon: { at: now, ...present({ rememberedUntil }) } };
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
  if (isKnown(there, said.id) || isReplay(said, there)) {
    return { verdict: { is: 'repeated', seat: there } };
  }
  const rung = rungAt(there.session, said.now);
  switch (rung) {
    case 'active':
      return renew(said, there);
    case 'lingering':
      return showsUser(said, there) ? renew(said, there) : { verdict: { is: 'lingering', seat: there } };
    case 'failover':
    case 'remembered':
      if (!comesBack(said, there)) return { verdict: { is: 'invalidated', seat: there } };
      return openingAnew(said, there, rung === 'failover' ? 'made-anew' : 'logged-on-anew');
    case 'ended':
      throw new Error('a session that has ended is not addressed');
    default:
      return assertNever(rung);
  }
}

/** Signed before something that has been heard since. What is only late says nothing new either. */
const isReplay = (said: SignOfLife, seat: Occupied<OpenSession>): boolean =>
  said.signedAt !== undefined &&
  (said.type === 'ping' ? wasPingedSince(seat.session, said.signedAt) : isOvertaken(seat, saying(said)));

/** Whether it says that the user is there, and not only was before something that is known already. */
const showsUser = (said: SignOfLife, seat: Seat): boolean => said.type !== 'ping' && !isOvertaken(seat, saying(said));

/**
 * A job that ends ran without its user; what has long been under way says only where they were, and so does a repeat of
 * what opened the session before.
 */
const comesBack = (said: SignOfLife, seat: Seat): boolean =>
  showsUser(said, seat) && said.type !== 'job-ended' && !isLate(said) && seat.previousId !== said.id;

/** Renews what was read, and sees that a sweep comes no later than in the slot of its next change of rung. */
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
  const news = outOfOrder && type !== 'ping' ? { latest: undated } : newsOf(said);
  const resumes = rungAt(session, now) === 'lingering';
  const change: Change = {
    do: 'renew',
    ...movesOf({ ...said, type, now }, running),
    ...(resumes ? { resumedAt: now } : {}),
    ...news,
  };
  const slot = slotOf(movedDeadlines(session.deadlines, change), said.policy.sweepMs);
  const due = slot < session.due ? slot : undefined;
  const comesSooner = slot < slotOf(session.deadlines, said.policy.sweepMs);
  return {
    attempt: { condition: unchanged(seat), change: { ...change, ...present({ due }) } },
    meaning: resumes ? 'resumed' : 'renewed',
    ...(comesSooner || due !== undefined ? { arm: slot } : {}),
  };
}
