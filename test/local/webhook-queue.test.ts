/** What SQS does with an event that waits to be told, on one machine; asked by the SDK's own client. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { sqsClient } from '../../lib/aws/clients.ts';
import { webhookQueue } from '../../lib/aws/webhook-queue.ts';
import { Bus, type BusEvent } from '../../lib/local/bus.ts';
import { listen } from '../../lib/local/loopback.ts';
import { WebhookQueue, type WebhookQueueOptions } from '../../lib/local/webhook-queue.ts';
import { durationMs, systemClock } from '../../lib/time.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const temporaryDirectory = useTemporaryDirectories();
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const event = (user: string): BusEvent => ({
  version: '0',
  id: `id-of-${user}`,
  source: 'curfew',
  account: '000000000000',
  time: '2026-11-22T12:00:00Z',
  region: 'us-east-1',
  resources: [],
  'detail-type': 'session.ended',
  detail: { user },
});

/** A queue over what is in the directory; what is handed out is noted, and done with unless `keeps` says that it is not. */
async function start(
  directory: string,
  {
    keeps = async () => false,
    ...changes
  }: { keeps?: (receipt: string, tries: number) => Promise<boolean> } & Partial<
    Pick<WebhookQueueOptions, 'wants' | 'triesMax'>
  > = {},
) {
  const file = join(directory, 'webhooks.json');
  const bus = await Bus.open(join(directory, 'events.ndjson'), systemClock);
  const letters: { event: unknown; why: string }[] = [];
  const queue = await WebhookQueue.open({
    file,
    bus,
    clock: systemClock,
    wants: () => true,
    triesMax: 15,
    onDeadLetter: async (event, why) => void letters.push({ event, why }),
    ...changes,
  });
  const server = await listen(0, (request, response) => queue.serve(request, response));
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = sqsClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const handed: { user: string; tries: number }[] = [];
  await queue.start(async ({ Records: [record] }: SQSEvent) => {
    const { body = '{}', receiptHandle = '', messageId = '', attributes } = record ?? {};
    const tries = Number(attributes?.ApproximateReceiveCount);
    handed.push({ user: JSON.parse(body).detail.user, tries });
    return { batchItemFailures: (await keeps(receiptHandle, tries)) ? [{ itemIdentifier: messageId }] : [] };
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      await queue.stop();
      client.destroy();
      await server.close();
      await bus.close();
    })();
    return stopped;
  };
  closers.push(stop);
  const urls = { queue: `${server.url}/000000000000/waiting`, deadLetters: `${server.url}/000000000000/dead` };
  return { bus, file, handed, letters, sqs: webhookQueue(client, urls), stop };
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 10 });

test('an event of the bus is handed out once, where it is taken', async () => {
  const { bus, handed, file, stop } = await start(temporaryDirectory());
  await bus.publish([event('ana'), event('ben')]);
  await eventually(() => expect(handed).toHaveLength(2));
  await stop();
  expect(handed).toEqual([
    { user: 'ana', tries: 1 },
    { user: 'ben', tries: 1 },
  ]);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ through: 2, messages: [] });
  // Users are named in it.
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('an event that is put off is handed out again when its time comes, and counted', async () => {
  const started = await start(temporaryDirectory(), {
    keeps: async (receipt, tries) => {
      if (tries < 3) await started.sqs.postpone(receipt, durationMs(tries === 1 ? 0 : 1_000));
      return tries < 3;
    },
  });
  await started.bus.publish([event('ana')]);
  await eventually(() => expect(started.handed.map(({ tries }) => tries)).toEqual([1, 2, 3]));
  expect(started.letters).toEqual([]);
});

test('an event that nobody has put off comes back by itself, but not soon', async () => {
  const directory = temporaryDirectory();
  const { bus, handed, file, stop } = await start(directory, { keeps: async () => true });
  await bus.publish([event('ana')]);
  await eventually(() => expect(handed).toHaveLength(1));
  await stop();
  const { messages } = JSON.parse(readFileSync(file, 'utf8'));
  expect(messages).toMatchObject([{ tries: 1 }]);
  expect(messages[0].visibleAt - Date.now()).toBeGreaterThan(100_000);
});

test('what is buried is a dead letter, with the reason', async () => {
  const { sqs, letters } = await start(temporaryDirectory());
  await sqs.bury(JSON.stringify(event('ana')), 'gone');
  expect(letters).toEqual([{ event: event('ana'), why: 'gone' }]);
});

test('an event with which the function fails again and again is a dead letter', async () => {
  const started = await start(temporaryDirectory(), {
    triesMax: 2,
    keeps: async (receipt) => {
      await started.sqs.postpone(receipt, durationMs(0));
      throw new Error('as the test says');
    },
  });
  await started.bus.publish([event('ana')]);
  await eventually(() => expect(started.letters).toEqual([{ event: event('ana'), why: 'tried 2 times' }]));
  expect(started.handed).toHaveLength(2);
});

describe('after it was stopped', () => {
  test('what waited still waits, and what happened meanwhile is handed out', async () => {
    const directory = temporaryDirectory();
    const first = await start(directory, {
      keeps: async (receipt) => {
        await first.sqs.postpone(receipt, durationMs(1_000));
        return true;
      },
    });
    await first.bus.publish([event('ana')]);
    await eventually(() => expect(first.handed).toHaveLength(1));
    await first.stop();
    const log = await Bus.open(join(directory, 'events.ndjson'), systemClock);
    await log.publish([event('ben')]);
    await log.close();
    const second = await start(directory);
    await eventually(() =>
      expect(second.handed).toEqual([
        { user: 'ben', tries: 1 },
        { user: 'ana', tries: 2 },
      ]),
    );
  });

  test('and started where nobody is told, nothing waits for whoever is told later', async () => {
    const directory = temporaryDirectory();
    const first = await start(directory, { keeps: async () => true });
    await first.bus.publish([event('ana')]);
    await eventually(() => expect(first.handed).toHaveLength(1));
    await first.stop();
    const second = await start(directory, { wants: undefined });
    await second.bus.publish([event('ben')]);
    await second.stop();
    expect(existsSync(second.file)).toBe(false);
    const third = await start(directory);
    await third.bus.publish([event('cleo')]);
    await eventually(() => expect(third.handed).toEqual([{ user: 'cleo', tries: 1 }]));
  });
});
