/** Whoever has a copy of the table can open nothing with it. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  campus: {
    profile: 'release-station',
    secretUrls: 'allow',
    webhook: { url: 'https://gateway.example.org/curfew' },
  },
});

test('a copy of the table has no key, no secret, and nothing of which one could be made', async () => {
  const secrets: string[] = [String(process.env.CURFEW_MASTER_KEY)];
  const proofs = ['bearer', 'basic', 'url', 'signature'];
  for (const proof of proofs) {
    const path = `/v1/stations/at-${proof}`;
    await functions.operator('PUT', path, { realm: 'campus', kind: 'hosted', proof });
    for (const rotate of ['24h', '1h']) {
      const { body } = await functions.operator('POST', `${path}/key`, { rotate, reason: 'a new printer' });
      secrets.push(String(body.key));
    }
  }
  const { body: told } = await functions.operator('POST', '/v1/realms/campus/webhook/secret', {});
  secrets.push(String(told.secret));
  const bearer = { id: 'at-bearer', key: String(secrets[2]) };
  const { body: opened } = await functions.say(bearer, 'login', { user: 'ana' });
  expect(opened.outcome).toBe('opened');
  await functions.operator('DELETE', `/v1/sessions/${opened.session}`, { reason: 'left' });
  await functions.journal();

  const client = new DynamoDBClient(functions.engine.config);
  const { Items = [] } = await client.send(new ScanCommand({ TableName: process.env.CURFEW_TABLE ?? '' }));
  client.destroy();
  const table = JSON.stringify(Items);
  expect(Items.length).toBeGreaterThan(3 * proofs.length);
  // Neither whole, nor the part of it that nobody can guess, nor as another alphabet or as digits has it.
  const told43 = secrets.map((secret) => secret.split('_').slice(2).join('_') || secret.replace(/^whsec_/, ''));
  const bytes = told43.map((text) => Buffer.from(text, 'base64'));
  const written = [
    ...secrets,
    ...told43,
    ...bytes.flatMap((part) => (['hex', 'base64', 'base64url'] as const).map((form) => part.toString(form))),
  ];
  expect(secrets).toHaveLength(1 + 2 * proofs.length + 1);
  for (const text of written) {
    expect(text.length).toBeGreaterThan(20);
    expect(table).not.toContain(text);
  }
});
