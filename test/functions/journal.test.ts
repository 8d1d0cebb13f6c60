/** The table's stream, as the function that reads it takes it. */
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station' } });

test('a session whose item was taken away while it was open is announced as ended, and kept', async () => {
  const printer = await functions.register({ realm: 'campus-print', kind: 'hosted' });
  const { body } = await functions.say(printer, 'login', { user: 'ana' });
  await functions.journal();
  const table = new DynamoDBClient(functions.engine.config);
  const Key = { pk: { S: 'user#campus-print#ana' }, sk: { S: 'seat#0' } };
  await table.send(new DeleteItemCommand({ TableName: process.env.CURFEW_TABLE ?? '', Key }));
  table.destroy();
  expect(await functions.journal()).toBeGreaterThan(0);
  const told = (await functions.events()).map((event) => [event['detail-type'], event.detail.session]);
  expect(told).toEqual([
    ['session.opened', body.session],
    ['session.ended', body.session],
  ]);
  expect((await functions.operator('GET', `/v1/sessions/${body.session}`)).status).toBe(410);
});
