import type { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { beforeEach, expect, test } from 'vitest';
import { secretsManagerMasters } from '../../lib/aws/master-secret.ts';
import { after, DAY, durationMs, type EpochMs, epochMs, HOUR, MINUTE } from '../../lib/time.ts';
import { NOON } from '../contract/sessions.ts';

const minutes = (count: number) => after(NOON, durationMs(count * MINUTE));
const LONG_AGO = epochMs(NOON - DAY);

let now: EpochMs;
let versions: Partial<Record<string, { text: string; createdAt: EpochMs }>>;
let down: Error | undefined;
let asked: string[];
let complaints: string[];
let masters: () => Promise<{ current: string; previous?: string }>;

beforeEach(() => {
  now = NOON;
  versions = { AWSCURRENT: { text: 'first', createdAt: LONG_AGO } };
  down = undefined;
  asked = [];
  complaints = [];
  const send = async ({ input }: GetSecretValueCommand) => {
    asked.push(String(input.VersionStage));
    if (down !== undefined) throw down;
    const version = versions[String(input.VersionStage)];
    if (version === undefined) throw new ResourceNotFoundException({ message: 'none', $metadata: {} });
    return { SecretString: version.text, CreatedDate: new Date(version.createdAt) };
  };
  masters = secretsManagerMasters({ send } as unknown as SecretsManagerClient, 'arn', {
    clock: () => now,
    check: (text) => {
      if (text.length < 3) throw new Error('too short');
    },
    complain: (message) => complaints.push(message),
  });
});

/** As Secrets Manager does when a new version is put: what was current becomes the one before. */
function rotate(text: string): void {
  const { AWSCURRENT } = versions;
  versions = { AWSCURRENT: { text, createdAt: now }, ...(AWSCURRENT && { AWSPREVIOUS: AWSCURRENT }) };
}

test('a version that is no master secret is left out, and the other is good', async () => {
  rotate('x');
  expect(await masters()).toEqual({ current: 'first' });
  expect(complaints).toEqual(['the version AWSCURRENT of the master secret cannot be used']);
  // Rolled back, the bad one is the one before.
  versions = { AWSCURRENT: { text: 'first', createdAt: now }, AWSPREVIOUS: { text: 'x', createdAt: now } };
  now = epochMs(now + 5 * MINUTE);
  expect(await masters()).toEqual({ current: 'first' });
});

test('where both are none, a container that knew better goes on with that for an hour', async () => {
  expect(await masters()).toEqual({ current: 'first' });
  versions = { AWSCURRENT: { text: 'x', createdAt: now }, AWSPREVIOUS: { text: 'y', createdAt: now } };
  now = epochMs(now + 5 * MINUTE);
  expect(await masters()).toEqual({ current: 'first' });
  now = epochMs(now + HOUR);
  await expect(masters()).rejects.toThrow('no version that can be used');
});

test('a secret that was never changed has one version', async () =>
  expect(await masters()).toEqual({ current: 'first' }));

test('it is read once in five minutes, however many ask at once', async () => {
  await Promise.all([masters(), masters(), masters()]);
  now = epochMs(minutes(5) - 1);
  await masters();
  expect(asked).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  now = minutes(5);
  await Promise.all([masters(), masters()]);
  expect(asked).toHaveLength(4);
});

test('a new version opens as soon as it is read, and makes keys when every container has read it', async () => {
  await masters();
  rotate('second');
  now = minutes(5);
  expect(await masters()).toEqual({ current: 'first', previous: 'second' });
  now = minutes(10);
  expect(await masters()).toEqual({ current: 'second', previous: 'first' });
  rotate('third');
  now = minutes(15);
  expect(await masters()).toEqual({ current: 'second', previous: 'third' });
});

const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });

test('where it cannot be read again, a container goes on with what it knows for an hour, and asks every minute', async () => {
  await masters();
  down = throttled;
  now = minutes(5);
  expect(await masters()).toEqual({ current: 'first' });
  expect(complaints).toHaveLength(1);
  now = epochMs(minutes(6) - 1);
  await masters();
  expect(complaints).toHaveLength(1);
  for (let minute = 6; minute < 60; minute += 1) {
    now = minutes(minute);
    expect(await masters()).toEqual({ current: 'first' });
  }
  now = minutes(60);
  await expect(masters()).rejects.toThrow('master secret does not answer');
  down = undefined;
  expect(await masters()).toEqual({ current: 'first' });
});

test('where it could never be read, the next request tries again', async () => {
  down = throttled;
  await expect(masters()).rejects.toThrow('master secret does not answer');
  down = undefined;
  expect(await masters()).toEqual({ current: 'first' });
});

test('a right that is missing is told at once, and is fatal to a container that knows nothing yet', async () => {
  down = Object.assign(new Error('denied'), { name: 'AccessDeniedException' });
  await expect(masters()).rejects.toThrow('denied');
  down = undefined;
  await masters();
  down = Object.assign(new Error('denied'), { name: 'AccessDeniedException' });
  now = minutes(5);
  expect(await masters()).toEqual({ current: 'first' });
  expect(complaints).toEqual(['the master secret cannot be read again']);
});
