/** The secret by which a realm's webhook is signed, for the operator who takes it to its receiver. */
import { expect, test } from 'vitest';
import { webhookSecrets } from '../../lib/station/keys.ts';
import { connectionTo, runCurfew } from '../support/command.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  'campus-print': {
    profile: 'release-station',
    webhook: { url: 'https://gateway.example.org/curfew', events: ['session.ended', 'session.opened'] },
  },
  office: { profile: 'enterprise' },
});
const MASTER = 'a master secret of more than thirty-two bytes';
const [secret = ''] = webhookSecrets({ current: MASTER }, 'campus-print', 1);
const ask = (realm: string) => functions.operator('POST', `/v1/realms/${realm}/webhook/secret`);
const curfew = (...args: string[]) =>
  runCurfew(
    connectionTo((method, path, body) => functions.operator(method, path, body ?? '')),
    args,
  );

test('an operator is shown whom the realm has told, and the secret, which nobody keeps', async () => {
  const { status, headers, body } = await ask('campus-print');
  expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
  expect(body).toEqual({
    realm: 'campus-print',
    url: 'https://gateway.example.org/curfew',
    events: ['session.ended', 'session.opened'],
    generation: 1,
    secret,
  });
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
});

test('whoever may only look is shown none', async () => {
  // The grant of docs/api.md is for every GET there is.
  expect((await functions.operator('GET', '/v1/realms/campus-print/webhook/secret')).status).toBe(404);
  for (const path of ['/v1/realms', '/v1/realms/campus-print']) {
    expect(JSON.stringify((await functions.operator('GET', path)).body)).not.toContain('whsec_');
  }
  expect((await functions.stranger('POST', '/v1/realms/campus-print/webhook/secret')).status).toBe(403);
});

test.each([
  ['office', 'no-webhook', 'the realms file has no webhook for "office" (docs/webhooks.md)'],
  ['nowhere', 'no-such-realm', 'the realms file has no realm "nowhere"; it has campus-print, office'],
])('%s has none to show', async (realm, kind, detail) => {
  expect(await ask(realm)).toMatchObject({ status: 404, body: { type: `urn:curfew:problem:${kind}`, detail } });
});

test('npx curfew realms webhook prints it', async () => {
  const { exit, printed } = await curfew('realms', 'webhook', 'campus-print');
  expect([exit, printed]).toEqual([
    0,
    `url     https://gateway.example.org/curfew
events  session.ended, session.opened
secret  ${secret}`,
  ]);
  expect(JSON.parse((await curfew('realms', 'webhook', 'campus-print', '--json')).printed)).toMatchObject({ secret });
  expect(await curfew('realms', 'webhook', 'office')).toMatchObject({
    exit: 1,
    said: [expect.stringContaining('no webhook')],
  });
});
