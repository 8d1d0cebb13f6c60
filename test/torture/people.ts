/**
 * Who asks: a few clients at a time about one user, so that their requests meet; then about the next. They know the
 * sessions that they were told of, speak of those that are long over too, and fall silent together, so that deadlines come.
 */
import { randomUUID } from 'node:crypto';
import { scheduler } from 'node:timers/promises';
import { type Chance, chance } from '../simulation/chance.ts';
import { type Ask, clientOf, type Question, type Recorder } from './client.ts';
import { REALMS, stationsOf } from './realms.ts';
import type { Name, Operation, View } from './record.ts';

const CLIENTS_OF_USER = 4;
/** So many are asked about one user before the next one's turn comes. */
const OPERATIONS_OF_USER = 120;
const KNOWN_MAX = 6;
/** Longer than any lease and its margin, and than most of what comes after. */
const SILENCE_MAX_MS = 6_000;

interface Known extends Name {
  readonly station: string;
}

/** One user's affairs, as all that ask about them know them. */
interface Affairs {
  readonly realm: string;
  readonly user: string;
  readonly known: Known[];
  /** What may or may not have been heard, to be said again. */
  readonly unanswered: Question[];
  silentUntil: number;
  left: number;
}

export interface People {
  /** Resolves when nobody asks any more. */
  stop(): Promise<void>;
}

export function letPeopleAsk(recorder: Recorder, crowd: number, seed: number): People {
  let isStopped = false;
  let users = 0;

  function newAffairs(group: number): Affairs {
    const realm = REALMS[group % REALMS.length]?.realm ?? '';
    users += 1;
    return { realm, user: `u${users}`, known: [], unanswered: [], silentUntil: 0, left: OPERATIONS_OF_USER };
  }

  function startGroup(group: number): Promise<void>[] {
    let affairs = newAffairs(group);
    return Array.from({ length: CLIENTS_OF_USER }, async (_, n) => {
      const client = group * CLIENTS_OF_USER + n;
      const own = chance(seed, `client ${client}`);
      const ask = clientOf(recorder, client, own);
      while (!isStopped) {
        await recorder.system.up();
        if (affairs.left <= 0) affairs = newAffairs(group);
        await act(affairs, ask, own);
        while (!isStopped && Date.now() < affairs.silentUntil) await scheduler.wait(own.int(10, 100));
      }
    });
  }

  const asking = Array.from({ length: Math.ceil(crowd / CLIENTS_OF_USER) }, (_, group) => startGroup(group)).flat();
  // Whatever failed is told by `stop`; until then it must not end the run without its record.
  for (const one of asking) one.catch(() => {});
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(asking);
    },
  };
}

async function act(affairs: Affairs, ask: Ask, draw: Chance): Promise<void> {
  affairs.left -= 1;
  if (draw.is(0.007)) affairs.silentUntil = Date.now() + draw.int(500, SILENCE_MAX_MS);
  const question = choose(affairs, draw);
  const operation = await ask(question);
  if (operation === undefined) return scheduler.wait(20);
  learn(affairs, question, operation, draw);
}

function choose({ realm, user, known, unanswered }: Affairs, draw: Chance): Question {
  const again = draw.is(0.5) ? unanswered.shift() : undefined;
  if (again !== undefined) return again;
  const id = randomUUID();
  // The newest most of the time.
  const session = known.length === 0 || draw.is(0.75) ? known.at(-1) : draw.one(known);
  const about = { realm, user, id };
  if (session === undefined || draw.is(0.2)) {
    const takeOver = draw.is(0.2) ? (draw.is(0.5) ? (true as const) : session && nameOf(session)) : undefined;
    return { ...about, kind: 'login', station: draw.one(stationsOf(realm)).id, takeOver };
  }
  const spoken = { ...about, session: nameOf(session) };
  const { station } = session;
  const dice = draw.next();
  if (dice < 0.4) return { ...spoken, kind: 'ping', station };
  if (dice < 0.7) return { ...spoken, kind: 'activity', station };
  if (dice < 0.83) return { ...spoken, kind: 'logout', station };
  if (dice < 0.97) return { ...spoken, kind: 'read' };
  return { ...spoken, kind: 'end' };
}

const nameOf = ({ seat, epoch }: Name): Name => ({ seat, epoch });

function learn({ known, unanswered }: Affairs, question: Question, operation: Operation, draw: Chance): void {
  const told: readonly View[] = operation.holders ?? (operation.view === undefined ? [] : [operation.view]);
  for (const { seat, epoch, station } of told) {
    if (known.some((one) => one.seat === seat && one.epoch === epoch)) continue;
    known.push({ seat, epoch, station });
    if (known.length > KNOWN_MAX) known.shift();
  }
  const isLost = operation.status === 0;
  const isRepeatable = question.kind === 'login' || question.kind === 'logout';
  // What was answered is repeated too, now and then: the answer may have been lost on its way back.
  if (isRepeatable && draw.is(isLost ? 0.7 : 0.03)) unanswered.push(question);
}
