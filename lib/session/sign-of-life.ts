/** What a ping, activity and a job's events do to the session that they are about. */
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import { after, type DurationMs, type EpochMs, epochMs, latest, NEVER } from '../time.ts';
import type { Login, SignOfLife, Spoken } from './commands.ts';
import { ended, isRunning, type Job, jobIn, jobsOf, knownJobs, started } from './jobs.ts';
import { deadlinesOf, freshSigns, rungAt, slotAt, slotOf } from './ladder.ts';
import type { Deadlines, Occupied, OpenSession } from './seat.ts';
import { goesOn, type Step, unchanged } from './step.ts';
import { isOvertaken, withOther } from './word.ts';
import { type Change, type Condition, movedDeadlines } from './write.ts';

type Renewal = Extract<Change, { do: 'renew' }>;
type JobChange = NonNullable<Renewal['jobs']>;

/** Right whenever the session is live, active, and has no more than one job, without a name. */
export function guessSignOfLife(said: SignOfLife): Step | undefined {
  const { type, now, word, policy, station } = said;
  const isPing = type === 'ping';
  const isJob = type === 'job-started' || type === 'job-ended';
  // Which jobs run is known only by reading: an end may be one of several.
  if (type === 'job-ended' && said.job !== undefined) return undefined;
  const { idleAt, lingerAt, leaseAt, ...moves } = movesOf(type, said, now);
  const deadlines: Deadlines = {
    leaseAt,
    maximumAt: NEVER,
    ...present({ idleAt: idleAt ?? undefined, lingerAt: lingerAt ?? undefined }),
  };
  const slot = slotOf(deadlines, policy.sweepMs);
  const running = type === 'job-ended' ? 1 : 0;
  const condition: Condition = {
    if: 'live',
    now,
    ...present({ epoch: said.epoch }),
    station: station.id,
    ...(isPing ? present({ pingedBefore: word.signedAt }) : { word }),
    heardAtMost: now,
    // Where a job or an older policy had put the sweep off for longer, it must be called back: read, then decide.
    dueAtMost: slot,
    // The end of a job lifts what it put off.
    ...(type === 'job-ended' ? {} : { orJobDue: true as const }),
    isActive: true,
    ...(isJob ? { jobs: { running, ...present({ saidAt: word.at }) } } : {}),
  };
  const change: Change = {
    do: 'renew',
    leaseAt,
    ...present({ idleAt, lingerAt }),
    ...moves,
    ...(isPing ? present({ pingedAt: word.signedAt }) : { word }),
    ...(isJob ? { jobs: jobChange(type === 'job-started' ? begin(said, [], now) : [], policy.sweepMs) } : {}),
  };
  // The slot in which the job would have ended has a timer; the one in which the session ends now may have none.
  const arm = type === 'job-ended' ? { arm: slot } : {};
  return { attempt: { condition, change }, verdictOf: goesOn('renewed'), ...arm };
}

type Moves = Omit<Renewal, 'do' | 'word' | 'heard' | 'pingedAt' | 'jobs' | 'due' | 'resumedAt' | 'userAsTyped'>;

/** What a word moves when it is heard at `now`: all shows that its station lives, all but a ping that its user does. */
function movesOf(
  type: (SignOfLife | Login)['type'],
  { policy, station }: Pick<Spoken, 'policy' | 'station'>,
  now: EpochMs,
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
    case 'job-started':
    case 'job-ended':
      return active;
    default:
      return assertNever(type);
  }
}

/** Renews what was read, and sees that a sweep comes no later than in the slot of its next change of rung. */
export function renew(said: SignOfLife | Login, seat: Occupied<OpenSession>): Step {
  const { session } = seat;
  const { word, policy } = said;
  // Something later may have been heard meanwhile: no deadline moves back.
  const now = latest(said.now, session.heardAt);
  const effect = effectOf(said, session, now);
  const lingers = rungAt(session, now) === 'lingering';
  const resumes = lingers && effect.showsUser;
  // What says nothing of its user is no sign of life to one that lingers either.
  const asItWas = { heardAt: session.heardAt, leaseAt: session.deadlines.leaseAt };
  const moves = lingers && !resumes ? asItWas : movesOf(effect.showsUser ? said.type : 'ping', said, now);
  const change: Renewal = {
    do: 'renew',
    ...moves,
    ...(said.type === 'ping' ? present({ pingedAt: word.signedAt }) : { heard: withOther(seat.heard, word) }),
    ...(effect.jobs === undefined ? {} : { jobs: jobChange(effect.jobs, policy.sweepMs) }),
    ...(resumes ? { resumedAt: now } : {}),
    ...(said.type === 'login' && said.userAsTyped !== session.userAsTyped
      ? { userAsTyped: said.userAsTyped ?? null }
      : {}),
  };
  const slot = slotOf(movedDeadlines(session.deadlines, change), policy.sweepMs);
  const due = slot < session.due ? slot : undefined;
  const comesSooner = slot < slotOf(session.deadlines, policy.sweepMs);
  return {
    attempt: { condition: unchanged(seat), change: { ...change, ...present({ due }) } },
    verdictOf: goesOn(resumes ? 'resumed' : lingers ? 'lingering' : 'renewed'),
    ...(comesSooner || due !== undefined ? { arm: slot } : {}),
  };
}

/** No cap has passed by then. */
const NEVER_PAST = epochMs(0);

interface Effect {
  readonly showsUser: boolean;
  /** What is known of its jobs after it; absent where it says nothing of them. */
  readonly jobs?: readonly Job[];
}

function effectOf(said: SignOfLife | Login, session: OpenSession, now: EpochMs): Effect {
  const { type, word } = said;
  if (type === 'ping') return { showsUser: false };
  if (type === 'login' || type === 'activity') return { showsUser: true };
  // Somebody else's, who was here before.
  if (word.at !== undefined && session.openedSaidAt !== undefined && word.at < session.openedSaidAt) {
    return { showsUser: false };
  }
  const known = knownJobs(session, session.deadlines.jobAt, now);
  if (type === 'job-started') return { showsUser: true, jobs: begin(said, known, now) };
  const job = jobIn(said);
  const { name } = job;
  if (name === undefined || isRunning(known, name)) return { showsUser: true, jobs: ended(known, job) };
  if (rungAt(session, now) === 'active') return { showsUser: false, jobs: ended(known, job) };
  // It lingers, and has come down by caps that have passed: those stay as they were.
  const all = knownJobs(session, session.deadlines.jobAt, NEVER_PAST);
  return { showsUser: false, ...(all.some((one) => one.name === name) ? {} : { jobs: ended(all, job) }) };
}

const begin = (said: SignOfLife, known: readonly Job[], now: EpochMs): readonly Job[] =>
  started(known, { ...jobIn(said), until: after(now, said.policy.jobMs) });

function jobChange(known: readonly Job[], sweepMs: DurationMs): JobChange {
  const { jobs, jobAt } = jobsOf(known);
  return { ...jobs, ...(jobAt === undefined ? {} : { jobAt, jobDue: slotAt(jobAt, sweepMs) }) };
}

/** Whether it says that the user is there, and not only was before something that is known already. */
export const showsUser = (said: SignOfLife, seat: Occupied): boolean =>
  said.type !== 'ping' && !isOvertaken(said.word, seat.heard);
