import { DeleteItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { collectGarbage, keepCollecting } from '../../lib/local/garbage.ts';
import { epochMs } from '../../lib/time.ts';
import { useEngine } from '../support/engine.ts';

const engine = useEngine();
const NOW = epochMs(Date.parse('2026-11-22T12:00:00Z'));
const SECONDS = NOW / 1_000;

async function tableWith(items: Readonly<Record<string, number | undefined>>) {
  const { name: table } = await engine.createTable();
  for (const [name, ttl] of Object.entries(items)) {
    const lifetime = ttl === undefined ? {} : { ttl: { N: String(ttl) } };
    await engine.client.send(
      new PutItemCommand({ TableName: table, Item: { pk: { S: name }, sk: { S: 'x' }, ...lifetime } }),
    );
  }
  const left = async () => {
    const { Items = [] } = await engine.client.send(new ScanCommand({ TableName: table }));
    return Items.map(({ pk }) => pk?.S).sort();
  };
  return {
    table,
    left,
    options: { client: engine.client, table, clock: () => NOW, stop: new AbortController().signal },
  };
}

test('items whose second has passed are deleted, and no others', async () => {
  const old = Object.fromEntries(Array.from({ length: 1_200 }, (_, n) => [`old-${n}`, SECONDS - n]));
  const { left, options } = await tableWith({ ...old, soon: SECONDS + 1, lasting: undefined });
  await collectGarbage(options);
  expect(await left()).toEqual(['lasting', 'soon']);
}, 20_000);

test('what was given more time while it was looked at stays', async () => {
  const { table, left, options } = await tableWith({ renewed: SECONDS - 5, over: SECONDS - 5 });
  const client = Object.assign(Object.create(engine.client), {
    send: async (command: object) => {
      if (command instanceof DeleteItemCommand && command.input.Key?.pk?.S === 'renewed') {
        const Item = { pk: { S: 'renewed' }, sk: { S: 'x' }, ttl: { N: String(SECONDS + 60) } };
        await engine.client.send(new PutItemCommand({ TableName: table, Item }));
      }
      return engine.client.send(command as DeleteItemCommand);
    },
  });
  await collectGarbage({ ...options, client });
  expect(await left()).toEqual(['renewed']);
});

test('whoever stops the collecting does not wait for the next time', async () => {
  const { options } = await tableWith({});
  const stop = new AbortController();
  const collecting = keepCollecting({ ...options, stop: stop.signal });
  stop.abort();
  await collecting;
});
