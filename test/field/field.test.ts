/** The corpus, byte for byte over a socket, to the system as `npm start` starts it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useTables } from '../support/engine.ts';
import { type LocalProcess, spawnLocal } from '../support/local-process.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';
import { FIELD_CASES, FIELD_REALMS, FIELD_STATIONS, type FieldAnswer, sendBytes } from './field.ts';

const newDirectory = useTemporaryDirectories();
const newTable = useTables();
const OPERATOR = 'the-operator-key-of-the-corpus-0123456789';

let system: LocalProcess;
let url: URL;
const keys = new Map<string, string>([['operator', OPERATOR]]);

// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever came; the test says what it should be
async function operator(method: string, path: string, body?: object): Promise<any> {
  const headers = { authorization: `Bearer ${OPERATOR}`, 'content-type': 'application/json' };
  const response = await fetch(new URL(path, url), { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return response.json();
}

beforeAll(async () => {
  const directory = newDirectory();
  const realms = join(directory, 'realms.json');
  writeFileSync(realms, JSON.stringify(FIELD_REALMS));
  const { dynamodbEndpoint, table } = newTable();
  system = spawnLocal(['--port', '0', '--data', join(directory, '.curfew'), '--realms', realms], {
    CURFEW_OPERATOR_KEY: OPERATOR,
    CURFEW_TABLE: table,
    ...(dynamodbEndpoint === undefined ? {} : { CURFEW_DYNAMODB_ENDPOINT: dynamodbEndpoint }),
  });
  url = new URL(await system.ready);
  for (const [id, { realm, dialect }] of Object.entries(FIELD_STATIONS)) {
    const entry = { realm, kind: 'hosted', name: `Copier ${id}`, ...(dialect && { dialect }) };
    await operator('PUT', `/v1/stations/${id}`, entry);
    keys.set(id, (await operator('POST', `/v1/stations/${id}/key`)).key);
  }
}, 60_000);

afterAll(async () => {
  system.end();
  await system.exited;
});

interface Live {
  readonly session: string;
  readonly user: string;
  readonly station: string;
  readonly jobs?: number;
}
const live = async (): Promise<readonly Live[]> => (await operator('GET', '/v1/sessions')).sessions;

/** Left by the case before. */
let left: readonly Live[] = [];

test.each(FIELD_CASES)('$id: $title', async (one) => {
  for (const { session } of left) await operator('DELETE', `/v1/sessions/${session}`, { reason: 'next case' });
  for (const { station, user } of one.before) {
    const headers = { authorization: `Bearer ${keys.get(station)}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ user });
    const { status } = await fetch(new URL(`/v1/stations/${station}/login`, url), { method: 'POST', headers, body });
    expect(status).toBe(201);
  }

  const { status, problem, field, says, fault, sendTimes = 1, jobs, then } = one.answer;
  let answer: FieldAnswer = { status: 0, text: '' };
  for (let n = 0; n < sendTimes; n++) answer = await sendBytes(url, one, keys.get(one.request.as) ?? '');

  expect([answer.status, answer.text]).toEqual([status, answer.text]);
  if (problem !== undefined) expect(answer.text).toContain(`urn:curfew:problem:${problem}"`);
  if (field !== undefined) expect(answer.text).toContain(`"errors":[{"field":"${field}"`);
  if (says !== undefined) expect(answer.text.toLowerCase()).toContain(says.toLowerCase());
  if (fault !== undefined) expect(answer.text).toContain(`:${fault}<`);
  const after = await live();
  left = after;
  expect(Object.fromEntries(after.map(({ user, station }) => [user, station]))).toEqual(then);
  if (jobs !== undefined) expect(after.reduce((sum, session) => sum + (session.jobs ?? 0), 0)).toBe(jobs);
});
