/** The corpus (test/field), sent to the stack as deployed; and where the emulator in front of it differs from `npm start`. */
import { request as http } from 'node:http';
import { request as https } from 'node:https';
import { beforeAll, expect, test } from 'vitest';
import { FIELD_CASES, FIELD_STATIONS, type FieldAnswer, type FieldCase } from '../field/field.ts';
import { allowInTheEmulatorsTerms, api, issuedKey, operator, stranger } from './deployment.ts';

/** What only a socket can say, and what an operator asks, who signs here. */
const CASES = FIELD_CASES.filter(
  ({ request: { as, raw, headers } }) =>
    as !== 'operator' && raw === undefined && !headers.some(([name]) => /^(?:transfer-encoding|expect)$/i.test(name)),
);

const keys = new Map<string, string>();

beforeAll(async () => {
  await allowInTheEmulatorsTerms();
  for (const [id, { realm, dialect }] of Object.entries(FIELD_STATIONS)) {
    keys.set(id, await issuedKey(id, { realm, kind: 'hosted', name: `Copier ${id}`, ...(dialect && { dialect }) }));
  }
});

/** Names and values of headers as they stand, the body as bytes. */
function send({ request: { method, path, headers, body } }: FieldCase, key: string): Promise<FieldAnswer> {
  const bytes = Buffer.from(body, 'latin1');
  const url = new URL(api + path);
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? https : http)(url, { method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject);
    sent.setHeader('authorization', `Bearer ${key}`);
    sent.setHeader('content-length', bytes.length);
    for (const [name, value] of headers) sent.appendHeader(name, value);
    sent.end(bytes);
  });
}

/** What the emulator does otherwise than `npm start`: it is no proof of what API Gateway does. */
const DIFFERS: ReadonlySet<string> = new Set([
  // It takes `//` in a path for `/`.
  'double-slash',
]);

/** The status, and who is logged in afterwards. */
const toldOf = (status: number, then: Readonly<Record<string, string>>): string =>
  JSON.stringify([status, Object.entries(then).toSorted()]);

test('every case has the same answer here, or is one of those in which the emulator is known to differ', async () => {
  const different: string[] = [];
  for (const one of CASES) {
    const { body } = await operator('GET', '/v1/sessions');
    for (const { session } of body.sessions as { session: string }[]) {
      await operator('DELETE', `/v1/sessions/${session}`, { reason: 'next case' });
    }
    for (const { station, user } of one.before) {
      const login = await stranger('POST', `/v1/stations/${station}/login`, keys.get(station), { user });
      expect([one.id, login.status]).toEqual([one.id, 201]);
    }
    let answer: FieldAnswer = { status: 0, text: '' };
    const { sendTimes = 1, status, then } = one.answer;
    for (let n = 0; n < sendTimes; n++) answer = await send(one, keys.get(one.request.as) ?? '');
    const { sessions } = (await operator('GET', '/v1/sessions')).body as {
      sessions: { user: string; station: string }[];
    };
    const after = Object.fromEntries(sessions.map(({ user, station }) => [user, station]));
    const told = toldOf(answer.status, after);
    if (told === toldOf(status, then)) continue;
    different.push(one.id);
    console.log(`${one.id}: ${told} here, ${toldOf(status, then)} with npm start: ${answer.text.slice(0, 200)}`);
  }
  console.log(`${CASES.length} cases, ${different.length} with another answer`);
  expect(different).toEqual([...DIFFERS]);
});
