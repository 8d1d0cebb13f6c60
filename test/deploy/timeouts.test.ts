/** Timeouts that add up: what waits for something waits longer than that can take (lib/deploy/timeouts.ts has the sums). */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { dynamoClient, eventBridgeClient, sqsClient } from '../../lib/aws/clients.ts';
import { secretsManagerClient } from '../../lib/aws/master-secret.ts';
import { schedulerClient } from '../../lib/aws/timers.ts';
import { TIMEOUTS } from '../../lib/deploy/timeouts.ts';
import { PATIENCE_MS } from '../../lib/station/webhook-post.ts';
import { useSynth } from './synth.ts';

/** What the pauses between the SDK's attempts add: at most 100 ms before the second and 200 ms before the third. */
const PAUSES_MS = [0, 100, 200];

/** The longest that one request takes, its repeats included. */
async function patienceOf(client: Pick<DynamoDBClient, 'config' | 'send' | 'destroy'>): Promise<number> {
  const attempts = await client.config.maxAttempts();
  const { connectionTimeout, requestTimeout, throwOnRequestTimeout } = (await (
    client.config.requestHandler as unknown as { configProvider: Promise<Record<string, unknown>> }
  ).configProvider) as { connectionTimeout: number; requestTimeout: number; throwOnRequestTimeout: boolean };
  expect(throwOnRequestTimeout).toBe(true);
  client.destroy();
  const pauses = PAUSES_MS.slice(0, attempts).reduce((sum, pause) => sum + pause, 0);
  return attempts * Math.max(connectionTimeout, requestTimeout) + pauses;
}

const { templateOf } = useSynth();
const template = templateOf('prod');
const timeouts = Object.fromEntries(
  Object.entries(template.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) => [
    id.replace(/[0-9A-F]{8}$/, ''),
    Properties.Timeout * 1_000,
  ]),
);

/** HTTP API's own, which cannot be raised. */
const HTTP_API_MS = 30_000;

const config = { region: 'eu-west-1' };
const table = await patienceOf(dynamoClient(config));
const secret = await patienceOf(secretsManagerClient(config) as never);
const timer = await patienceOf(schedulerClient(config) as never);
const bus = await patienceOf(eventBridgeClient(config) as never);
const queue = await patienceOf(sqsClient(config) as never);

describe('whoever waits, waits longer', () => {
  test('the sums in the comment are those of the clients', () => {
    expect({ table, secret, queue, timer, bus }).toEqual({
      table: 3_300,
      secret: 3_300,
      queue: 3_300,
      timer: 2_100,
      bus: 6_300,
    });
  });

  test.each(['OnStationEvent', 'OnOperatorRequest'])('HTTP API for %s, and that for table and secret', (name) => {
    expect(timeouts[name]).toBeGreaterThan(secret + 6 * table);
    expect(timeouts[name]).toBeLessThan(HTTP_API_MS);
    // A login's timer is armed beside its write, and given up before that is.
    expect(timer).toBeLessThan(table);
  });

  test('no integration gives up before HTTP API does', () => {
    for (const { Properties } of Object.values(template.findResources('AWS::ApiGatewayV2::Integration'))) {
      expect(Properties.TimeoutInMillis).toBeUndefined();
    }
  });

  test('a sweep, until the page that it has begun is done and the timer that goes on is armed', () => {
    const reserve = 10_000;
    expect(2 * table + timer).toBeLessThan(reserve);
    expect(timeouts.OnSweep).toBeGreaterThan(2 * reserve);
  });

  test('Lambda for a webhook, and that for secret, receiver and queue', () => {
    expect(TIMEOUTS.webhook.toMilliseconds()).toBeGreaterThan(secret + PATIENCE_MS + queue);
  });

  test('the stream, for the journal, and that for history, panels and the bus', () => {
    const batches = 100 / 25;
    expect(timeouts.OnSeatChange).toBeGreaterThan(batches * table + table + bus);
    const [{ Properties: source } = { Properties: {} }] = Object.values(
      template.findResources('AWS::Lambda::EventSourceMapping'),
    );
    expect(source.BatchSize).toBe(100);
    expect(source.MaximumRecordAgeInSeconds * 1_000).toBeGreaterThan(timeouts.OnSeatChange ?? 0);
  });
});
