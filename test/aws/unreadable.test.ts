import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { useEngine } from '../support/engine.ts';

const engine = useEngine();

test('a seat that this version cannot read is told of, and hides no other', async () => {
  const { name } = await engine.createTable();
  const told: unknown[] = [];
  const table = { client: engine.client, name };
  const seats = dynamoSeats(table, { shards: 1, onUnreadable: (error) => told.push(error) });
  const ana = { realm: 'campus-print', user: 'ana', seat: '0' };
  const bob = { ...ana, user: 'bob' };
  const latest = { station: 'lib-1', id: 'logout-1' };
  await seats.write(ana, { condition: { if: 'absent' }, change: { do: 'keep-word', epoch: 1, latest } });
  const Item = { pk: { S: 'user#campus-print#bob' }, sk: { S: 'seat#0' }, epoch: { S: 'of a later version' } };
  await engine.client.send(new PutItemCommand({ TableName: name, Item }));

  expect((await seats.readMany([bob, ana])).map(({ key }) => key.user)).toEqual(['ana']);
  expect(told).toHaveLength(1);
});
