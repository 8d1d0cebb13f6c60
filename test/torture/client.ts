/** Asks the API, and writes down what was asked when and answered what. */

import { Agent, request } from 'node:http';
import { scheduler } from 'node:timers/promises';
import { present } from '../../lib/present.ts';
import { sealedHandleOf } from '../../lib/session/handle.ts';
import { seatNames } from '../../lib/session/place.ts';
import { epochMs, toRfc3339 } from '../../lib/time.ts';
import type { Chance } from '../simulation/chance.ts';
import { policyOf, stationOf } from './realms.ts';
import {
  type Body,
  type Kind,
  type Name,
  type Operation,
  readAnswer,
  type Told,
  toldOf,
  type View,
  viewOf,
} from './record.ts';
import type { System } from './system.ts';

export interface Question {
  readonly kind: Exclude<Kind, 'audit'>;
  readonly realm: string;
  /** Empty where whoever is on the panel is meant. */
  readonly user: string;
  /** Whom it comes from; absent where an operator asks. */
  readonly station?: string | undefined;
  readonly id: string;
  readonly session?: Name | undefined;
  readonly takeOver?: true | Name | undefined;
  readonly bare?: true | undefined;
  readonly occurredAt?: number | undefined;
  readonly job?: string | undefined;
}

/** Microseconds since the driver started, by a clock that never jumps. */
export const steadyNow = (): number => Math.round(performance.now() * 1_000);

export interface Recorder {
  readonly system: System;
  readonly operations: Operation[];
  readonly agent: Agent;
}

export const recorderOf = (system: System): Recorder => ({
  system,
  operations: [],
  agent: new Agent({ keepAlive: true, maxSockets: 512 }),
});

function record({ operations }: Recorder, heard: Omit<Operation, 'n'>): Operation {
  const operation = { n: operations.length + 1, ...heard };
  operations.push(operation);
  return operation;
}

export type Ask = (question: Question) => Promise<Operation | undefined>;

/** Resolves to `undefined` where nobody can have heard it, for nobody listened. */
export function clientOf(recorder: Recorder, client: number, chance: Chance): Ask {
  return async (question) => {
    const offset = chance.one(recorder.system.offsets());
    const call = steadyNow();
    const calledAt = Date.now();
    const reply = await send(recorder, letterOf(recorder.system, question), offset);
    if (reply === 'not heard') return undefined;
    const isAnswered = reply !== 'no answer';
    const answer = isAnswered ? readAnswer(reply.status, reply.body) : { status: 0, outcome: reply };
    const about = question.bare ? { ...question, user: (answer.view ?? answer.past)?.user ?? '' } : question;
    return record(recorder, {
      client,
      partition: partitionOf(about),
      ...about,
      station: question.station ?? 'operator',
      call,
      return: isAnswered ? steadyNow() : 0,
      now: [calledAt + offset, Date.now() + offset],
      sweptBy: recorder.system.sweptBy(),
      ...answer,
    });
  };
}

/** Where seats are unlimited each login has one of its own, which its id names. */
export function partitionOf({ realm, user, id, station = '', session }: Question): string {
  if (user === '') return '';
  const policy = policyOf(realm);
  const whole = `${realm}/${user}`;
  if (policy.seats !== 'unlimited') return whole;
  const word = { type: 'login', station, id } as const;
  return `${whole}/${session?.seat ?? seatNames({ policy, station: stationOf(station), word })[0]}`;
}

export interface Seen {
  readonly live: readonly View[];
  readonly history: readonly Told[];
}

/** What of a user's sessions goes on, and all that have ended: seen by an operator, page by page, when all is quiet. */
export async function audit(
  recorder: Recorder,
  realm: string,
  user: string,
  partitions: Iterable<string>,
): Promise<Seen> {
  const call = steadyNow();
  const calledAt = Date.now();
  const live: View[] = [];
  const history: Told[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const path = `/v1/realms/${realm}/users/${user}${query}`;
    const letter = { method: 'GET', path, key: recorder.system.operatorKey };
    let reply = await send(recorder, letter, 0);
    // It may still be busy with what came before.
    for (let tries = 1; tries < AUDIT_TRIES && !isAnswered(reply); tries++) {
      await scheduler.wait(1_000);
      reply = await send(recorder, letter, 0);
    }
    if (!isAnswered(reply)) throw new Error(`the audit of ${user} was not answered`);
    if (cursor === undefined) live.push(...reply.body.seats.map(viewOf));
    history.push(...reply.body.history.map(toldOf));
    cursor = reply.body.cursor;
  } while (cursor !== undefined);

  const now = [calledAt, Date.now()] as const;
  const common = { client: 0, realm, user, kind: 'audit', station: 'operator', id: 'audit', status: 200 } as const;
  const isUnlimited = policyOf(realm).seats === 'unlimited';
  for (const partition of partitions) {
    const isIn = ({ seat }: Name) => !isUnlimited || partition.endsWith(`/${seat}`);
    const found = { live: live.filter(isIn), history: history.filter(isIn) };
    record(recorder, {
      ...common,
      partition,
      call,
      return: steadyNow(),
      now,
      sweptBy: now[1],
      outcome: 'seen',
      ...found,
    });
  }
  return { live, history };
}

const AUDIT_TRIES = 10;

const isAnswered = (reply: Awaited<ReturnType<typeof send>>): reply is Reply =>
  typeof reply === 'object' && reply.status === 200;

interface Letter {
  readonly method: string;
  readonly path: string;
  readonly key: string;
  readonly body?: object;
}

function letterOf({ operatorKey, keys }: System, question: Question): Letter {
  const { kind, realm, user, station, id, session, takeOver, bare, occurredAt, job } = question;
  const handle = (name: Name) => sealedHandleOf({ ...name, realm, user }, present({ seal: name.seal }));
  if (station === undefined) {
    const path = `/v1/sessions/${session === undefined ? '' : handle(session)}`;
    return kind === 'read'
      ? { method: 'GET', path, key: operatorKey }
      : { method: 'DELETE', path, key: operatorKey, body: { reason: 'torture' } };
  }
  const said = {
    id,
    ...(bare ? {} : session === undefined ? { user } : { session: handle(session) }),
    ...present({ job, occurredAt: occurredAt === undefined ? undefined : toRfc3339(epochMs(occurredAt)) }),
    ...(takeOver === undefined ? {} : { takeOver: takeOver === true ? true : handle(takeOver) }),
  };
  return { method: 'POST', path: `/v1/stations/${station}/${kind}`, key: keys.get(station) ?? '', body: said };
}

interface Reply {
  readonly status: number;
  readonly body: Body;
}

const ANSWERS_WITHIN_MS = 8_000;

function send(
  { system, agent }: Recorder,
  { method, path, key, body }: Letter,
  offset: number,
): Promise<Reply | 'no answer' | 'not heard'> {
  return new Promise((resolve) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${key}`,
      'torture-clock-offset-ms': String(offset),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const asked = request(`${system.url}${path}`, { method, agent, headers, signal }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        answer += chunk;
      });
      response.on('error', () => resolve('no answer'));
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: answer === '' ? undefined : JSON.parse(answer) });
        } catch {
          // Killed in the middle of a sentence.
          resolve('no answer');
        }
      });
    });
    asked.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? 'not heard' : 'no answer'),
    );
    asked.end(text);
  });
}
