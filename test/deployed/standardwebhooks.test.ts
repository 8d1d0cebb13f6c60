/** A station that signs with Standard Webhooks' library for Python, and knows nothing of ours. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { PYTHON } from '../support/python.ts';
import { type Answer, allowInTheEmulatorsTerms, api, issuedKey, operator } from './deployment.ts';

/** Reads what is to be said, and prints what proves it. */
const SIGN = `
import datetime, json, os, sys
from standardwebhooks.webhooks import Webhook

now = datetime.datetime.now(datetime.timezone.utc)
print(json.dumps({
    "webhook-id": os.environ["ID"],
    "webhook-timestamp": str(int(now.timestamp())),
    "webhook-signature": Webhook(os.environ["KEY"]).sign(os.environ["ID"], now, sys.stdin.read()),
}))
`;

const STATION = 'signing-1';
let key: string;

beforeAll(async () => {
  await allowInTheEmulatorsTerms();
  key = await issuedKey(STATION, { realm: 'campus-print', kind: 'pinging', proof: 'signature' });
  expect(key).toMatch(/^whsec_/);
});

/** @param sent what goes out in place of what was signed */
async function tell(said: object, sent = said): Promise<Answer> {
  const env = { ...process.env, ID: randomUUID(), KEY: key };
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', SIGN], { env, input: JSON.stringify(said) });
  if (status !== 0) throw new Error(`nothing was signed: ${stderr}`);
  const response = await fetch(`${api}/v1/stations/${STATION}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...JSON.parse(String(stdout)) },
    body: JSON.stringify(sent),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

test('logs a user in, pings and logs them out', async () => {
  const login = await tell({ type: 'login', user: 'élodie' });
  expect(login).toMatchObject({ status: 201, body: { user: 'élodie', station: STATION, outcome: 'opened' } });
  const { session } = login.body;
  // Signed within the second of the login it has nothing to add: decision 17.
  const outcome = expect.stringMatching(/^(renewed|repeated)$/);
  expect(await tell({ type: 'ping', session })).toMatchObject({ status: 200, body: { session, outcome } });
  expect(await tell({ type: 'logout', session })).toMatchObject({ status: 200, body: { outcome: 'ended' } });
  expect(await operator('GET', `/v1/sessions/${session}`)).toMatchObject({ status: 410, body: { reason: 'logout' } });
});

test('is not heard where something else was signed', async () => {
  expect(await tell({ type: 'login', user: 'ana' }, { type: 'login', user: 'ben' })).toMatchObject({ status: 401 });
});
