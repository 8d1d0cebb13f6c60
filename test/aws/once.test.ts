import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allOf, clause } from '../../lib/aws/clauses.ts';
import { attributes, type Item, keyOf } from '../../lib/aws/items.ts';
import { type OneUpdate, once } from '../../lib/aws/once.ts';
import { doubling } from '../support/doubling.ts';
import { useEngine } from '../support/engine.ts';

const engine = useEngine();
let plain: DynamoDBClient;
let doubled: DynamoDBClient;
let name: string;
beforeAll(async () => {
  plain = new DynamoDBClient(engine.config);
  doubled = doubling(new DynamoDBClient(engine.config));
  ({ name } = await engine.createTable());
});

let key: Item;
beforeEach(async () => {
  key = keyOf(`station#${Math.random()}`, 'station');
  await plain.send(new PutItemCommand({ TableName: name, Item: { ...key, ...attributes({ keys: 7 }) } }));
});

const oneMore = (differs: Partial<OneUpdate> = {}): OneUpdate => ({
  key,
  update: { compute: [clause('#keys = #keys + :one', { one: 1 })] },
  ...differs,
});

describe.each([
  ['sent once', () => plain],
  ['sent twice', () => doubled],
])('an update that is %s', (_, client) => {
  const write = (one: OneUpdate) => once({ client: client(), name }, 'station', one);
  const keysNow = async () =>
    (await plain.send(new GetItemCommand({ TableName: name, Key: key, ConsistentRead: true }))).Item?.keys?.N;

  test('is done once, and its answer is the item as it has become', async () => {
    const written = await write(oneMore());
    expect(written).toMatchObject({ won: true, item: { keys: { N: '8' } } });
    expect(await keysNow()).toBe('8');
  });

  test('is done once for each that asks', async () => {
    await write(oneMore());
    expect(await write(oneMore())).toMatchObject({ won: true, item: { keys: { N: '9' } } });
  });

  test('has won although it has ended what its condition asks for', async () => {
    const written = await write(oneMore({ condition: clause('#keys = :seven', { seven: 7 }) }));
    expect(written).toMatchObject({ won: true, item: { keys: { N: '8' } } });
  });

  test('is refused by its condition, and its answer is the item that was in its way', async () => {
    await write(oneMore());
    expect(await write(oneMore({ condition: clause('#keys = :seven', { seven: 7 }) }))).toMatchObject({
      won: false,
      item: { keys: { N: '8' } },
    });
    expect(await keysNow()).toBe('8');
  });

  test('is refused where there is nothing', async () => {
    const nowhere = oneMore({ key: keyOf('station#nowhere', 'station'), condition: clause('attribute_exists(#keys)') });
    expect(await write(nowhere)).toEqual({ won: false, item: undefined });
  });

  test('leaves its token, of eight characters, where it is told to', async () => {
    const { item } = await write(oneMore({ tokenName: 'w' }));
    expect(item?.w?.S).toMatch(/^[\w-]{8}$/);
    expect(item).not.toHaveProperty('lastWrite');
  });
});

test('an update that is sent twice is done once when its condition is made of several clauses, or of one', async () => {
  const table = { client: doubled, name };
  const seven = clause('#keys = :seven', { seven: 7 });
  const both = allOf(seven, clause('attribute_exists(#keys)'));
  expect(await once(table, 'station', oneMore({ condition: both }))).toMatchObject({ won: true });
  const one = allOf(clause('#keys = :eight', { eight: 8 }));
  expect(await once(table, 'station', oneMore({ condition: one }))).toMatchObject({ won: true });
});
