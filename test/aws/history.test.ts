/** History’s items: how many requests a look takes, when they go, and what version 0.1 has left. */

import { readFileSync } from 'node:fs';
import { BatchWriteItemCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoHistory } from '../../lib/aws/history.ts';
import type { Item } from '../../lib/aws/items.ts';
import type { History } from '../../lib/service/ports.ts';
import { handleOf, parseHandle } from '../../lib/session/handle.ts';
import type { Past } from '../../lib/session/seat.ts';
import { ana, at, NOON, session } from '../contract/sessions.ts';
import { useEngine } from '../support/engine.ts';

const engine = useEngine();
const asked: string[] = [];
let client: DynamoDBClient;
beforeAll(() => {
  client = new DynamoDBClient(engine.config);
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        asked.push(commandName);
        return next(args);
      },
    { step: 'initialize' },
  );
});
afterAll(() => client.destroy());

let name: string;
let history: History;
beforeEach(async () => {
  ({ name } = await engine.createTable());
  history = dynamoHistory({ client, name });
  asked.length = 0;
});

const past = (n: number): Past => ({
  name: { ...ana, epoch: NOON + n },
  session: session(),
  ended: { at: at(20), reason: 'logout', by: 'station:lib-1' },
});

const put = async (items: readonly Item[]) => {
  for (let n = 0; n < items.length; n += 25) {
    const requests = items.slice(n, n + 25).map((one) => ({ PutRequest: { Item: one } }));
    await engine.client.send(new BatchWriteItemCommand({ RequestItems: { [name]: requests } }));
  }
};

test('a session that is there is found by one request, among however many', async () => {
  await history.keep(Array.from({ length: 250 }, (_, n) => ({ past: past(n), keepUntil: at(60) })));
  asked.length = 0;
  expect(await history.find(past(125).name)).toEqual(past(125));
  expect(asked).toEqual(['GetItemCommand']);
});

test('one that is not there costs a page and no more, however long its user’s history is', async () => {
  await history.keep(Array.from({ length: 250 }, (_, n) => ({ past: past(n), keepUntil: at(60) })));
  asked.length = 0;
  expect(await history.find({ ...ana, epoch: NOON - 1 })).toBeUndefined();
  expect(asked).toEqual(['GetItemCommand', 'QueryCommand']);
});

test('a session of history is collected as garbage by the second after its retention, rounded up', async () => {
  await history.keep([{ past: past(0), keepUntil: at(60.5) }]);
  const sk = `ended#${String(NOON).padStart(15, '0')}#${handleOf(past(0).name)}`;
  const get = new GetItemCommand({ TableName: name, Key: { pk: { S: 'user#campus-print#ana' }, sk: { S: sk } } });
  expect((await client.send(get)).Item?.ttl).toEqual({ N: String(NOON / 1_000 + 61) });
});

describe('what version 0.1 has kept', () => {
  const kept: Item[] = JSON.parse(readFileSync(new URL('../recorded/0.1.0/history.json', import.meta.url), 'utf8'));
  const names = kept.flatMap((item) => parseHandle(item.sk?.S?.split('#')[2] ?? '') ?? []);

  test('is found, session by session', async () => {
    await put(kept);
    expect(names).toHaveLength(kept.length);
    const found = await Promise.all(names.map((one) => history.find(one)));
    expect(found.map((one) => one && handleOf(one.name))).toEqual(names.map(handleOf));
  });

  test('is listed, with what has been kept since', async () => {
    await put(kept);
    const last = names.at(-1) ?? ana;
    const since: Past = { ...past(0), name: { ...ana, realm: last.realm, user: last.user, epoch: at(1_000_000_000) } };
    await history.keep([{ past: since, keepUntil: at(2_000_000_000) }]);
    const { items } = await history.ofUser(last.realm, last.user, { limit: 10 });
    const theirs = names.filter(({ realm, user }) => realm === last.realm && user === last.user);
    expect(items.map((one) => handleOf(one.name)).sort()).toEqual([since.name, ...theirs].map(handleOf).sort());
  });

  test('is found behind the 199 others that its user had while it went on, and not behind more', async () => {
    const [one] = names;
    const [item] = kept;
    if (one === undefined || item === undefined) throw new Error('nothing was kept');
    const others = (from: number, to: number) =>
      Array.from(
        { length: to - from },
        (_, n): Past => ({ ...past(0), name: { ...one, epoch: one.epoch + 1 + from + n } }),
      );
    const keep = (many: readonly Past[]) => history.keep(many.map((past) => ({ past, keepUntil: at(2_000_000_000) })));
    await put([item]);
    await keep(others(0, 199));
    expect((await history.find(one))?.name).toMatchObject({ user: one.user, epoch: one.epoch });
    await keep(others(199, 200));
    expect(await history.find(one)).toBeUndefined();
  });
});
