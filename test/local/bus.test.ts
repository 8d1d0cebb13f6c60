import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, expect, test } from 'vitest';
import { Bus } from '../../lib/local/bus.ts';
import { listen } from '../../lib/local/loopback.ts';
import { epochMs } from '../../lib/time.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const NOW = epochMs(Date.parse('2026-11-22T12:00:00.250Z'));

const temporaryDirectory = useTemporaryDirectories();
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The bus, the SDK's own client of it, and its live stream. */
async function startBus(file = join(temporaryDirectory(), 'events.ndjson')) {
  const bus = await Bus.open(file, () => NOW);
  const events = await listen(0, (request, response) => bus.serve(request, response));
  const live = await listen(0, (request, response) => bus.stream(request, response));
  const client = new EventBridgeClient({
    endpoint: events.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  closers.push(async () => {
    client.destroy();
    bus.hangUp();
    await events.close();
    await live.close();
    await bus.close();
  });
  return { bus, client, file, live: live.url };
}

const opened = (user: string) => ({ Source: 'curfew', DetailType: 'session.opened', Detail: JSON.stringify({ user }) });

/** Reads the live stream until it has shown so many events. */
async function readLive(url: string, count: number, headers: Record<string, string> = {}) {
  const stop = new AbortController();
  const response = await fetch(url, { headers, signal: stop.signal });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.split('\n\n').length > count) break;
  }
  stop.abort();
  return text
    .split('\n\n')
    .slice(0, count)
    .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s))));
}

test('an event that was put is what its subscribers get', async () => {
  const { bus, client } = await startBus();
  const seen: unknown[] = [];
  bus.subscribe((numbered) => seen.push(numbered));
  const answer = await client.send(new PutEventsCommand({ Entries: [opened('ana')] }));
  expect(answer.FailedEntryCount).toBe(0);
  expect(seen).toEqual([
    {
      number: 1,
      event: {
        version: '0',
        id: answer.Entries?.[0]?.EventId,
        source: 'curfew',
        account: '000000000000',
        time: '2026-11-22T12:00:00Z',
        region: 'us-east-1',
        resources: [],
        'detail-type': 'session.opened',
        detail: { user: 'ana' },
      },
    },
  ]);
});

test('an entry that is malformed fails alone', async () => {
  const { bus, client } = await startBus();
  const Entries = [opened('ana'), { ...opened('bo'), Detail: '{' }, { ...opened('cy'), Detail: '[]' }, opened('di')];
  const answer = await client.send(new PutEventsCommand({ Entries }));
  expect(answer.FailedEntryCount).toBe(2);
  expect(answer.Entries?.map((entry) => entry.ErrorCode)).toEqual([
    undefined,
    'InvalidArgument',
    'InvalidArgument',
    undefined,
  ]);
  expect((await bus.since(0)).map(({ event }) => event.detail.user)).toEqual(['ana', 'di']);
});

test('more than ten entries are refused', async () => {
  const { client } = await startBus();
  const Entries = Array.from({ length: 11 }, () => opened('ana'));
  await expect(client.send(new PutEventsCommand({ Entries }))).rejects.toMatchObject({ name: 'ValidationException' });
});

test('the live stream shows the past from a number on, and then what happens', async () => {
  const { client, live } = await startBus();
  for (const user of ['ana', 'bo']) await client.send(new PutEventsCommand({ Entries: [opened(user)] }));
  const reading = readLive(`${live}/local/events?since=1`, 2);
  await client.send(new PutEventsCommand({ Entries: [opened('cy')] }));
  const shown = await reading;
  expect(shown.map(({ id, event }) => [id, event])).toEqual([
    ['2', 'session.opened'],
    ['3', 'session.opened'],
  ]);
  expect(shown.map(({ data }) => JSON.parse(String(data)).detail.user)).toEqual(['bo', 'cy']);
});

test('the live stream shows what happens to a reader that knows a later number, of a log that is gone', async () => {
  const { client, live } = await startBus();
  const reading = readLive(`${live}/local/events?since=999`, 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await client.send(new PutEventsCommand({ Entries: [opened('ana')] }));
  expect(await reading).toMatchObject([{ id: '1' }]);
});

test('a browser that reconnects goes on where it was', async () => {
  const { client, live } = await startBus();
  for (const user of ['ana', 'bo']) await client.send(new PutEventsCommand({ Entries: [opened(user)] }));
  const shown = await readLive(`${live}/local/events`, 1, { 'last-event-id': '1' });
  expect(shown).toMatchObject([{ id: '2' }]);
});

test('events survive a crash, and a line that it tore is dropped', async () => {
  const first = await startBus();
  await first.client.send(new PutEventsCommand({ Entries: [opened('ana')] }));
  appendFileSync(first.file, '{"version":"0","id":"tor');
  const second = await startBus(first.file);
  await second.client.send(new PutEventsCommand({ Entries: [opened('bo')] }));
  expect((await second.bus.since(0)).map(({ number, event }) => [number, event.detail.user])).toEqual([
    [1, 'ana'],
    [2, 'bo'],
  ]);
});
