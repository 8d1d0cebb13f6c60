/**
 * The two implementations of `Seats` and `Panels` side by side: attempts that no command would make. A condition holds on
 * DynamoDB if and only if it holds in memory, whatever the item has and lacks, and its change leaves the same.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertNever } from '../../lib/assert.ts';
import { present } from '../../lib/present.ts';
import type { Job } from '../../lib/session/jobs.ts';
import { isDormant } from '../../lib/session/ladder.ts';
import {
  debtsOn,
  EMPTY_PANEL,
  type Panel,
  type PanelAttempt,
  type PanelCondition,
  SLOTS,
} from '../../lib/session/panel.ts';
import { isOpen, type Occupied, type OpenSession, type Seat } from '../../lib/session/seat.ts';
import { DATES_MAX, type Heard, markOf, OTHERS_MAX, TURNS_MAX, tagOf, type Word } from '../../lib/session/word.ts';
import type { Attempt, Change, Condition } from '../../lib/session/write.ts';
import { after, durationMs, type EpochMs } from '../../lib/time.ts';
import { useEngine } from '../support/engine.ts';
import { absent, ana, at, NOON, open, unchanged } from './sessions.ts';
import { compare, PARAMETERS, STEPS_MAX, sideBySide, WITHIN_MS } from './side-by-side.ts';

const engine = useEngine();
const some = <const T>(...values: readonly T[]) => fc.constantFrom(...values);

// Few instants, ids and numbers, so that they often meet.
const instants = fc.nat({ max: 12 }).map((n) => at(n * 10));
const later = (instant: EpochMs) => after(instant, durationMs(60_000));
const epochs = fc.nat({ max: 9 }).map((n) => NOON + n);
const STATIONS = ['lib-1', 'lib-2', 'lib-3'] as const;
const stationIds = some(...STATIONS);
const IDS = ['1', '2', '3', '4', '5', '6', '7', '8'];
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
/** Each part that does not hold hides what the others do: few of them at a time. */
const rarely = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });

const words = fc
  .record({ type: some('login', 'logout', 'activity'), station: stationIds, id: some(...IDS), at: maybe(instants) })
  .map((word): Word => present(word) as Word);
const marks = words.map(markOf);

/** What a decision says is remembered. The station that is here comes first. */
const heards = fc
  .record({
    turns: fc.array(marks, { maxLength: TURNS_MAX }),
    others: fc.array(marks, { maxLength: OTHERS_MAX }),
    dates: fc.array(
      fc.record({ station: stationIds.map(tagOf), at: maybe(instants) }).map((one) => present(one)),
      { maxLength: DATES_MAX },
    ),
  })
  .map((heard): Heard => heard as Heard);
const from = (heard: Heard, station: string): Heard => {
  const [first, ...rest] = heard.dates;
  return first === undefined ? heard : { ...heard, dates: [{ ...first, station: tagOf(station) }, ...rest] };
};

const optional = <T extends Record<string, unknown>>(values: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(values, { requiredKeys: [] });

const jobNotes = fc
  .array(fc.record({ name: maybe(some('a', 'b', '+')), at: maybe(instants), until: maybe(instants) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((notes) => notes.filter(({ name, at, until }) => name ?? at ?? until).map((note): Job => present(note)))
  .filter((notes) => notes.length > 0);

const facts = optional({
  openedSaidAt: instants,
  madeAnewOf: epochs,
  chainFrom: epochs,
  resumedAt: instants,
  pingedAt: instants,
  jobSaidAt: instants,
  jobDue: instants,
  jobNotes,
  seal: some('abcdefghij'),
});
const deadlines = fc
  .record({
    // Few are over from the start: that hides all else.
    leaseAt: instants.map(later),
    maximumAt: instants.map(later),
    rest: optional({
      idleAt: instants,
      lingerAt: instants,
      jobAt: instants,
      failoverMs: some(30_000, 60_000).map(durationMs),
      rememberedUntil: instants,
    }),
  })
  .map(({ rest, ...both }) => ({ ...both, ...rest }));

/** A word more than before, or, where the item was read, just this. */
const learnt = fc.record({ word: words, heard: heards });

const opens = fc.record({
  epoch: epochs,
  deadlines,
  due: instants,
  jobs: fc.nat({ max: 2 }),
  loggedOnAt: instants,
  facts,
});
const renewals = fc
  .record({
    heardAt: instants,
    leaseAt: instants,
    rest: optional({
      pingedAt: instants,
      activeAt: instants,
      idleAt: fc.option(instants),
      lingerAt: fc.option(instants),
      due: instants,
      resumedAt: instants,
      logon: fc.record({ at: instants, rememberedUntil: maybe(instants) }).map((logon) => present(logon)),
      jobs: fc
        .record({
          jobs: fc.nat({ max: 2 }),
          rest: optional({ jobSaidAt: instants, jobNotes, jobAt: instants, jobDue: instants }),
        })
        .map(({ jobs, rest }) => ({ jobs, ...rest })),
    }),
  })
  .map(({ rest, ...both }) => ({ do: 'renew', ...both, ...rest }) as Extract<Change, { do: 'renew' }>);
const ends = fc
  .record({
    at: instants,
    reason: some('logout', 'idle'),
    by: some('policy', 'operator:kim'),
    rest: optional({ note: some('left', ''), request: some('r1') }),
  })
  .map(({ rest, ...both }) => ({ do: 'end', ended: { ...both, ...rest } }) as Extract<Change, { do: 'end' }>);
const descends = fc.record({ do: some('descend'), rung: some('lingering', 'failover', 'remembered'), due: instants });
const postpones = fc.record({ do: some('postpone'), rung: some('active'), due: instants });

const free = fc.record({ now: instants.map(later), epoch: epochs });
type Live = Extract<Condition, { if: 'live' }>;
const live = fc
  .record({
    now: instants,
    epoch: rarely(epochs),
    epochAtMost: rarely(epochs),
    openedBy: rarely(marks),
    heardAtMost: rarely(instants),
    pingedBefore: rarely(instants),
    jobs: rarely(fc.record({ running: some(0, 1), saidAt: maybe(instants) }).map((jobs) => present(jobs))),
    dueAtMost: rarely(instants),
    orJobDue: rarely(some(true)),
    isActive: rarely(some(true)),
    station: rarely(stationIds),
  })
  .map((parts) => ({ if: 'live', ...present(parts) }) as Live);

const attempts = fc.record({
  learnt,
  isWord: fc.boolean(),
  /** What it names is what is there. */
  isThere: fc.boolean(),
  free,
  live,
  decided: fc.record({ epoch: epochs, revision: fc.integer({ min: 1, max: 3 }) }),
  opens,
  occupied: fc.oneof(
    { weight: 4, arbitrary: renewals },
    { weight: 2, arbitrary: ends },
    { weight: 1, arbitrary: descends as fc.Arbitrary<Change> },
    { weight: 1, arbitrary: postpones as fc.Arbitrary<Change> },
  ),
  how: some('opens', 'opens', 'keeps', 'guesses', 'guesses', 'decides', 'decides', 'errs'),
});
type Draw = typeof attempts extends fc.Arbitrary<infer A> ? A : never;

/**
 * As the law has it: a guess asks of the word that it adds, which is the session's own station's; what was read is written
 * whole; only an open session is renewed, brought down, put off or ended.
 */
function attemptOn(seat: Seat | undefined, draw: Draw): Attempt {
  const { how } = draw;
  const read: Condition = seat === undefined ? absent : unchanged(seat);
  if (how === 'errs') return { condition: { if: 'unchanged', ...draw.decided }, change: openBy(draw, false) };
  if (how === 'keeps') {
    const epoch = seat?.session === undefined ? draw.opens.epoch : seat.epoch;
    const heard = from(draw.learnt.heard, seat?.session?.station ?? draw.learnt.word.station);
    return { condition: read, change: { do: 'keep-word', epoch, heard } };
  }
  if (how === 'opens' || !isOpen(seat)) {
    if (how === 'decides') return { condition: read, change: openBy(draw, seat !== undefined) };
    const epoch = draw.isThere && seat !== undefined ? seat.epoch + 1 : draw.free.epoch;
    return { condition: { if: 'free', ...draw.free, epoch, word: draw.learnt.word }, change: openBy(draw, false) };
  }
  const change = possibleOn(seat, draw.occupied);
  const { station } = seat.session;
  if (how === 'decides') return { condition: read, change: knowing(change, from(draw.learnt.heard, station)) };
  const condition = draw.isThere ? aboutThis(draw.live, seat) : draw.live;
  if (!draw.isWord) return { condition, change };
  const word = { ...draw.learnt.word, station };
  return { condition: { ...condition, station, word }, change: knowing(change, undefined, word) };
}

/** As far as it names a session at all. */
const aboutThis = (condition: Live, { epoch, session }: Occupied<OpenSession>): Live => ({
  ...condition,
  ...(condition.epoch === undefined ? {} : { epoch }),
  ...(condition.openedBy === undefined ? {} : { openedBy: session.openedBy }),
  ...(condition.station === undefined ? {} : { station: session.station }),
});

function openBy({ opens, learnt }: Draw, isRead: boolean): Change {
  const { epoch, facts, ...differs } = opens;
  const { word: _, ...change } = open({ ...differs, ...facts } as Partial<OpenSession>, epoch, learnt.word);
  return (
    isRead ? { ...change, heard: from(learnt.heard, learnt.word.station) } : { ...change, word: learnt.word }
  ) as Change;
}

const knowing = (change: Change, heard: Heard | undefined, word?: Word): Change =>
  change.do === 'renew' || change.do === 'end' ? ({ ...change, ...present({ heard, word }) } as Change) : change;

/** A session that has been announced as dormant is made anew, and never resumed; one is put off on the rung where it is. */
function possibleOn({ session }: Occupied<OpenSession>, change: Change): Change {
  if (change.do === 'postpone') return { ...change, rung: session.rung };
  if (change.do !== 'renew' || !isDormant(session.rung)) return change;
  const { resumedAt: _, ...others } = change;
  return others;
}

test(
  'any condition on any seat holds on DynamoDB as in memory, and its change leaves the same seat',
  async () => {
    const count = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.noBias(fc.array(attempts, { minLength: 5, maxLength: STEPS_MAX, size: 'max' })),
        async (draws) => {
          const { seats } = await sideBySide(engine);
          let seat: Seat | undefined;
          for (const draw of draws) {
            const attempt = attemptOn(seat, draw);
            const written = await seats.write(ana, attempt);
            const outcome = `${attempt.condition.if} ${attempt.change.do} ${written.won ? 'won' : 'lost'}`;
            count.set(outcome, (count.get(outcome) ?? 0) + 1);
            seat = written.seat;
          }
          await compare({ seats }, [ana]);
        },
      ),
      PARAMETERS,
    );
    // Both outcomes of each guess are met often.
    for (const outcome of ['free open', 'live renew', 'live end']) {
      expect(count.get(`${outcome} won`)).toBeGreaterThan(0);
      expect(count.get(`${outcome} lost`)).toBeGreaterThan(0);
    }
  },
  WITHIN_MS,
);

// --- panels

const people = fc.record({ realm: some('campus-print', 'library'), user: some('ana', 'ben') });
const occupants = fc.record({ person: people, epoch: instants }).map(({ person, epoch }) => ({ ...person, epoch }));
const panelWords = words.map((word): Word => ({ ...word, station: 'lib-1' }));
const panelMarks = panelWords.map(markOf);
const keepUntil = at(3_600);

/** Who comes or leaves by a word, or is only heard, asks of that word; the rest asks of who is there, or of what is owed. */
const panelDraws = fc.record({
  how: some(
    'comes',
    'comes',
    'comes',
    'leaves',
    'is heard',
    'stays',
    'pays',
    'ends for',
    'ends for',
    'vacates',
    'vacates',
  ),
  word: panelWords,
  isWord: fc.boolean(),
  asks: some('news', 'news', 'unheard', 'there'),
  unless: maybe(people),
  settled: fc.array(panelMarks, { maxLength: 2 }),
  /** What it names is what is there, as far as that is so. */
  isThere: fc.boolean(),
  someone: occupants,
  slot: some(...SLOTS),
  by: panelMarks,
  epoch: instants,
  now: instants,
});

/** Who comes or leaves by a word, or is only heard, asks of that word; the rest asks of who is there, or of what is owed. */
function panelAttemptOn(panel: Panel, draw: typeof panelDraws extends fc.Arbitrary<infer A> ? A : never): PanelAttempt {
  const { how, word, isWord, asks, unless, isThere, someone, epoch, now } = draw;
  const slot = (isThere ? debtsOn(panel).at(-1)?.slot : undefined) ?? draw.slot;
  const leaver = isThere ? panel[slot] : undefined;
  const there = (isThere ? panel.occupant : undefined) ?? someone;
  const settled = isThere ? debtsOn(panel).map(({ leaver: { by } }) => by) : draw.settled;
  const asked = {
    news: { if: 'news', word, settled, ...present({ unless }) },
    unheard: { if: 'unheard', word },
    there: { if: 'there', person: there, word },
  } as const;
  const condition: PanelCondition = asked[asks];
  switch (how) {
    case 'comes':
      return { condition, change: { do: 'arrive', occupant: someone, word, now, keepUntil } };
    case 'leaves':
      return { condition, change: { do: 'leave', word, now, keepUntil } };
    case 'is heard':
      return { condition, change: { do: 'hear', word, keepUntil } };
    case 'stays':
      return {
        condition: { if: 'there', person: there, ...(isWord ? { word } : {}) },
        change: { do: 'stay', epoch, ...(isWord ? { word, keepUntil } : {}) },
      };
    case 'pays':
      return { condition: { if: 'owed', slot, by: leaver?.by ?? draw.by }, change: { do: 'settle', slot } };
    case 'ends for': {
      const session = { ...(leaver ?? someone), seat: '0', epoch };
      return { condition: { if: 'owed-for', slot, session }, change: { do: 'settle', slot } };
    }
    case 'vacates':
      return { condition: { if: 'shows', session: { ...there, seat: '0', epoch } }, change: { do: 'vacate' } };
    default:
      return assertNever(how);
  }
}

test(
  'any condition on any panel holds on DynamoDB as in memory, and its change leaves the same panel',
  async () => {
    const count = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.noBias(fc.array(panelDraws, { minLength: 5, maxLength: STEPS_MAX, size: 'max' })),
        async (draws) => {
          const { panels } = await sideBySide(engine);
          let panel = EMPTY_PANEL;
          for (const draw of draws) {
            const attempt = panelAttemptOn(panel, draw);
            const written = await panels.write('lib-1', attempt);
            const outcome = `${attempt.condition.if} ${written.won ? 'won' : 'lost'}`;
            count.set(outcome, (count.get(outcome) ?? 0) + 1);
            panel = written.panel;
          }
          expect(await panels.read('lib-1')).toEqual(panel);
        },
      ),
      PARAMETERS,
    );
    for (const condition of ['news', 'there', 'unheard', 'owed', 'owed-for', 'shows']) {
      expect(count.get(`${condition} won`), condition).toBeGreaterThan(0);
      expect(count.get(`${condition} lost`), condition).toBeGreaterThan(0);
    }
  },
  WITHIN_MS,
);
