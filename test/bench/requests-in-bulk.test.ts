/** What much work asks of the services, counted on the wire: as little for each as the limits say. */
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Container, invokedAs, openContainer, TABLE } from '../../bench/container.ts';
import { putAll } from '../../bench/engine.ts';
import { changesOf } from '../../bench/journal-records.ts';
import { REALMS, sessionImages } from '../../bench/session-images.ts';
import { MINUTE } from '../../lib/time.ts';
import { JOURNAL, SWEEP } from './limits.ts';

let container: Container;
beforeAll(async () => {
  container = await openContainer(REALMS);
  // Nobody reads here what the functions log and count.
  Object.assign(process.env, { AWS_LAMBDA_LOG_LEVEL: 'FATAL' });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterAll(() => container.close());

describe('a sweep of three pages', () => {
  const SESSIONS = 300;
  const swept = async (pagesPerRun = Number.POSITIVE_INFINITY) => {
    const { slot, opened } = await sessionImages(container.client, TABLE, { shards: 1, hasPanel: false });
    await putAll(
      container.client,
      TABLE,
      Array.from({ length: SESSIONS }, (_, n) => opened(n)),
    );
    const { handler } = await import('../../functions/on-sweep.ts');
    container.takeRequests();
    let runs = 0;
    const events: object[] = [{ shard: 's0', slot }];
    for (let event = events.pop(); event !== undefined; event = events.pop()) {
      let pages = 0;
      const getRemainingTimeInMillis = () => (pages++ < pagesPerRun ? MINUTE : 0);
      await handler(event, { ...invokedAs, getRemainingTimeInMillis } as Context);
      events.push(...container.takeTimers());
      runs++;
    }
    const requests = container.takeRequests();
    return { runs, requests, all: [...requests.values()].reduce((sum, count) => sum + count, 0) };
  };

  test('writes each session once, and asks little beside', async () => {
    const { runs, requests, all } = await swept();
    expect(runs).toBe(1);
    expect(requests.get('UpdateItem')).toBe(SWEEP.writesPerSession * SESSIONS);
    expect(all / SESSIONS).toBeLessThanOrEqual(SWEEP.requestsPerSession);
  });

  test('that runs out of time goes on where it stopped: one timer more for each run, and no write', async () => {
    const { runs, requests } = await swept(1);
    expect(runs).toBe(4);
    expect(requests.get('CreateSchedule')).toBe(3);
    expect(requests.get('UpdateItem')).toBe(SWEEP.writesPerSession * SESSIONS);
  });
});

describe('a batch of a hundred records', () => {
  const BATCH = 100;
  const LIMITS = {
    'a login': JOURNAL.login,
    'a ping': JOURNAL.ping,
    'an end': JOURNAL.end,
    'an end at a panel': JOURNAL.endAtPanel,
  };

  test.each(Object.entries(LIMITS))('of which each is %s asks %d requests a record', async (kind, most) => {
    const changes = await changesOf(container.client);
    const { handler } = await import('../../functions/on-seat-change.ts');
    const Records = Array.from({ length: BATCH }, (_, n) => changes[kind as keyof typeof LIMITS](n));
    container.takeRequests();
    expect(await handler({ Records })).toEqual({ batchItemFailures: [] });
    const requests = [...container.takeRequests().values()].reduce((sum, count) => sum + count, 0);
    expect(requests / BATCH).toBeLessThanOrEqual(most);
  });
});
