import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { dynamoHistory } from '../../lib/aws/history.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { handleOf } from '../../lib/session/handle.ts';
import type { Past } from '../../lib/session/seat.ts';
import { at, keepWord, NOON, session } from '../contract/sessions.ts';
import { useEngine } from '../support/engine.ts';

const engine = useEngine();

test('a seat that this version cannot read is told of, and hides no other', async () => {
  const { name } = await engine.createTable();
  const told: unknown[] = [];
  const table = { client: engine.client, name };
  const seats = dynamoSeats(table, { shards: 1, onUnreadable: (error) => told.push(error) });
  const ana = { realm: 'campus-print', user: 'ana', seat: '0' };
  const bob = { ...ana, user: 'bob' };
  await seats.write(ana, { condition: { if: 'absent' }, change: keepWord() });
  const Item = { pk: { S: 'user#campus-print#bob' }, sk: { S: 'seat#0' }, epoch: { S: 'of a later version' } };
  await engine.client.send(new PutItemCommand({ TableName: name, Item }));

  expect((await seats.readMany([bob, ana])).map(({ key }) => key.user)).toEqual(['ana']);
  expect(told).toHaveLength(1);
});

test('a session of history that this version cannot read is told of, and hides no other of its user’s', async () => {
  const { name } = await engine.createTable();
  const told: unknown[] = [];
  const history = dynamoHistory({ client: engine.client, name }, { onUnreadable: (error) => told.push(error) });
  const past = (epoch: number): Past => ({
    name: { realm: 'campus-print', user: 'ana', seat: '0', epoch },
    session: session(),
    ended: { at: at(20), reason: 'logout', by: 'station:lib-1' },
  });
  const unreadable = past(NOON + 1);
  await history.keep([past(NOON), past(NOON + 2)].map((one) => ({ past: one, keepUntil: at(60) })));
  const sk = `ended#${String(unreadable.name.epoch).padStart(15, '0')}#${handleOf(unreadable.name)}`;
  const Item = { pk: { S: 'user#campus-print#ana' }, sk: { S: sk }, endedAt: { S: 'of a later version' } };
  await engine.client.send(new PutItemCommand({ TableName: name, Item }));

  expect((await history.ofUser('campus-print', 'ana', { limit: 10 })).items).toEqual([past(NOON + 2), past(NOON)]);
  expect(told).toHaveLength(1);
  expect(await history.find(unreadable.name)).toBeUndefined();
  expect(told).toHaveLength(2);
  expect(await history.find(past(NOON).name)).toEqual(past(NOON));
  expect(await history.forget('campus-print', 'ana', 10)).toEqual({ erased: 3, more: false });
});
