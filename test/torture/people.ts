/**
 * Who asks: a few clients at a time about a crowd of one or a few users, so that their requests meet; then about the next.
 * They know the sessions that they were told of, speak of those that are long over too, say things late, twice, and by
 * stations' clocks that are wrong, and fall silent together, so that deadlines come.
 */
import { randomUUID } from 'node:crypto';
import { scheduler } from 'node:timers/promises';
import { type Chance, chance } from '../simulation/chance.ts';
import { type Ask, clientOf, type Question, type Recorder } from './client.ts';
import { hasPanels, policyOf, REALMS, type StationOfRun, stationsOfCrowd } from './realms.ts';
import type { Name, Operation, View } from './record.ts';

const CLIENTS_OF_CROWD = 4;
/** So many are asked about each user of a crowd before the next one's turn comes. */
const OPERATIONS_OF_USER = 110;
/** Who passes by the same panels. */
const USERS_AT_PANELS = 3;
const KNOWN_MAX = 6;
/** Longer than any lease and its margin, and than most of what comes after. */
const SILENCE_MAX_MS = 6_000;

interface Known extends Name {
  readonly user: string;
  readonly station: string;
}

/** A crowd's affairs, as all that ask about them know them. */
interface Affairs {
  readonly realm: string;
  readonly users: readonly string[];
  readonly stations: readonly StationOfRun[];
  readonly clocks: ReadonlyMap<string, StationClock>;
  readonly known: Known[];
  /** What may or may not have been heard, or is late, to be said again. */
  readonly unsaid: Question[];
  silentUntil: number;
  left: number;
}

/** What a station's clock says; `undefined` where it dates nothing. */
type StationClock = () => number | undefined;

export interface People {
  /** Resolves when nobody asks any more. */
  stop(): Promise<void>;
}

export function letPeopleAsk(recorder: Recorder, crowd: number, seed: number): People {
  let isStopped = false;
  let users = 0;

  function newAffairs(group: number, draw: Chance): Affairs {
    const realm = REALMS[group % REALMS.length]?.realm ?? '';
    const size = hasPanels(realm) ? USERS_AT_PANELS : 1;
    const stations = stationsOfCrowd(realm, Math.floor(group / REALMS.length));
    users += size;
    return {
      realm,
      users: Array.from({ length: size }, (_, n) => `u${users - n}`),
      stations,
      clocks: new Map(stations.map(({ id }) => [id, clockOfStation(draw)])),
      known: [],
      unsaid: [],
      silentUntil: 0,
      left: OPERATIONS_OF_USER * size,
    };
  }

  function startGroup(group: number): Promise<void>[] {
    const common = chance(seed, `group ${group}`);
    let affairs = newAffairs(group, common);
    return Array.from({ length: CLIENTS_OF_CROWD }, async (_, n) => {
      const client = group * CLIENTS_OF_CROWD + n;
      const own = chance(seed, `client ${client}`);
      const ask = clientOf(recorder, client, own);
      while (!isStopped) {
        await recorder.system.up();
        if (affairs.left <= 0) affairs = newAffairs(group, common);
        await act(affairs, ask, own);
        while (!isStopped && Date.now() < affairs.silentUntil) await scheduler.wait(own.int(10, 100));
      }
    });
  }

  const asking = Array.from({ length: Math.ceil(crowd / CLIENTS_OF_CROWD) }, (_, group) => startGroup(group)).flat();
  // Whatever failed is told by `stop`; until then it must not end the run without its record.
  for (const one of asking) one.catch(() => {});
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(asking);
    },
  };
}

/** As far ahead as is still heard, with the clocks of the functions apart. */
const AHEAD_MAX_MS = 240_000;

/** Many date nothing; some are ahead, behind, set right after a while, or have never been set. */
function clockOfStation(draw: Chance): StationClock {
  const startedAt = Date.now();
  const ahead = draw.int(1_000, AHEAD_MAX_MS);
  const behind = draw.int(100, 800);
  const setRightAfter = draw.int(1_000, 8_000);
  const clocks: readonly StationClock[] = [
    () => undefined,
    () => undefined,
    () => Date.now(),
    () => Date.now() - behind,
    () => Date.now() + ahead,
    () => Date.now() + (Date.now() < startedAt + setRightAfter ? ahead : 0),
    () => Date.now() - startedAt + 1,
  ];
  return draw.one(clocks);
}

async function act(affairs: Affairs, ask: Ask, draw: Chance): Promise<void> {
  affairs.left -= 1;
  if (draw.is(0.007)) affairs.silentUntil = Date.now() + draw.int(500, SILENCE_MAX_MS);
  const question = choose(affairs, draw);
  // It happened now, and is heard later than what comes after it.
  if (isRepeatable(question) && draw.is(0.04)) return void affairs.unsaid.push(question);
  const operation = await ask(question);
  if (operation === undefined) return scheduler.wait(20);
  learn(affairs, question, operation, draw);
  if (operation.outcome === '503') await scheduler.wait(draw.int(500, RETRY_AFTER_MS));
}

/** What a 503 asks for. On a busy machine it gives the system the time to answer; what nobody answered makes the check slow. */
const RETRY_AFTER_MS = 2_000;

function choose(affairs: Affairs, draw: Chance): Question {
  const again = draw.is(0.4) ? affairs.unsaid.shift() : undefined;
  if (again !== undefined) return again;
  const { known } = affairs;
  // The newest most of the time.
  const session = known.length === 0 || draw.is(0.75) ? known.at(-1) : draw.one(known);
  const panel = draw.one(affairs.stations);
  if (panel.hasPanel && draw.is(0.35)) return atPanel(affairs, panel, draw);
  if (session === undefined || draw.is(0.2)) return login(affairs, draw);
  return about(affairs, session, draw);
}

function login(affairs: Affairs, draw: Chance): Question {
  const { realm, users, stations, known } = affairs;
  const user = draw.one(users);
  const own = known.findLast((one) => one.user === user);
  const takeOver = draw.is(0.2) ? (draw.is(0.5) ? (true as const) : own && nameOf(own)) : undefined;
  const panels = stations.filter(({ hasPanel }) => hasPanel);
  const station = panels.length > 0 && draw.is(0.6) ? draw.one(panels) : draw.one(stations);
  return dated(affairs, { realm, user, id: randomUUID(), kind: 'login', station: station.id, takeOver }, draw);
}

/** What names nobody: whoever is on the panel is meant. */
function atPanel(affairs: Affairs, { id: station }: StationOfRun, draw: Chance): Question {
  const common = { realm: affairs.realm, user: '', id: randomUUID(), station, bare: true } as const;
  const dice = draw.next();
  if (dice < 0.4) return dated(affairs, { ...common, kind: 'logout' }, draw);
  if (dice < 0.5) return dated(affairs, { ...common, kind: 'boot' }, draw);
  if (dice < 0.6) return dated(affairs, { ...common, kind: 'activity' }, draw);
  return ofJob(affairs, common, draw);
}

function about(affairs: Affairs, session: Known, draw: Chance): Question {
  const { realm } = affairs;
  const { user, station } = session;
  const common = { realm, user, id: randomUUID() };
  // Now and then without showing that it was told of it.
  const { seal, ...unsealed } = nameOf(session);
  const named = { ...common, session: draw.is(0.05) ? unsealed : { ...unsealed, seal } };
  const dice = draw.next();
  if (dice < 0.3) return { ...named, kind: 'ping', station };
  if (dice < 0.5) return dated(affairs, { ...named, kind: 'activity', station }, draw);
  if (dice < 0.7) return ofJob(affairs, { ...named, station }, draw);
  if (dice < 0.8) return dated(affairs, { ...named, kind: 'logout', station }, draw);
  // By its user's name; where they may have several seats it is not said which.
  if (dice < 0.83 && policyOf(realm).seats === 1) return dated(affairs, { ...common, kind: 'logout', station }, draw);
  if (dice < 0.97) return { ...named, kind: 'read' };
  return { ...named, kind: 'end' };
}

const JOBS = ['scan', 'copy', 'print'];

/** Starts and ends in any order, of jobs with names and without. */
function ofJob(affairs: Affairs, common: Omit<Question, 'kind'>, draw: Chance): Question {
  const kind = draw.is(0.5) ? ('job-started' as const) : ('job-ended' as const);
  if (draw.is(0.7)) return dated(affairs, { ...common, kind, job: draw.one(JOBS) }, draw);
  const question = dated(affairs, { ...common, kind }, draw);
  if (question.occurredAt === undefined) return question;
  // The checker knows jobs without names by their dates: these lie before the clock of whichever function hears them.
  return { ...question, occurredAt: Math.min(question.occurredAt, Date.now() - BEFORE_ANY_CLOCK_MS) };
}

const BEFORE_ANY_CLOCK_MS = 1_000;

/** When it happened, if its station says so: now, a little ago, or longer. */
function dated({ clocks }: Affairs, question: Question, draw: Chance): Question {
  const now = clocks.get(question.station ?? '')?.();
  if (now === undefined || draw.is(0.3)) return question;
  const ago = draw.is(0.7) ? draw.int(0, 100) : draw.int(0, draw.is(0.8) ? 1_500 : 5_000);
  return { ...question, occurredAt: Math.max(1, now - ago) };
}

const nameOf = ({ seat, epoch, seal }: Name): Name => ({ seat, epoch, seal });

function learn({ known, unsaid, users }: Affairs, question: Question, operation: Operation, draw: Chance): void {
  const told: readonly View[] = operation.holders ?? (operation.view === undefined ? [] : [operation.view]);
  for (const view of told) {
    const { seat, epoch, seal, station } = view;
    const user = view.user === '' ? question.user : view.user;
    if (!users.includes(user)) continue;
    if (known.some((one) => one.seat === seat && one.epoch === epoch && one.user === user)) continue;
    known.push({ seat, epoch, seal, station, user });
    if (known.length > KNOWN_MAX) known.shift();
  }
  // What was answered is repeated too, now and then: the answer may have been lost on its way back.
  if (isRepeatable(question) && draw.is(operation.status === 0 ? 0.7 : 0.03)) unsaid.push(question);
}

const isRepeatable = ({ kind }: Question): boolean => kind !== 'ping' && kind !== 'read' && kind !== 'end';
