/**
 * The master secret in Secrets Manager: the version that is current and the one before it, read when first needed and again
 * every five minutes.
 */
import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  ResourceNotFoundException,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import type { Masters } from '../station/keys.ts';
import { type Clock, type DurationMs, durationMs, type EpochMs, epochMs, HOUR, MINUTE, since } from '../time.ts';
import { patience } from './clients.ts';
import { ask } from './faults.ts';

/** About 3 s at worst: a container's first request waits for it. */
export const secretsManagerClient = (config: SecretsManagerClientConfig = {}): SecretsManagerClient =>
  new SecretsManagerClient({ maxAttempts: 3, requestHandler: patience(500, 1_000), ...config });

/** How long a container goes by what it has read: as long as by what it knows of a station. */
const KEPT: DurationMs = durationMs(5 * MINUTE);

/** Where it cannot be read again: how soon it is tried once more, and how long the container goes on without. */
const RETRY: DurationMs = MINUTE;
const STALE_MAX: DurationMs = HOUR;

/**
 * From then on every container has read a new version. A key made of it sooner would be refused by those that have not, so
 * until then keys are made of the one before. Its minute is for clocks apart.
 */
const KNOWN_TO_ALL: DurationMs = durationMs(KEPT + MINUTE);

interface Version {
  readonly text: string;
  readonly createdAt: EpochMs;
}

export interface MastersOptions {
  readonly clock: Clock;
  /** Throws where a version is no master secret. */
  readonly check: (text: string) => void;
  /** Told when it cannot be read again, and the container goes on with what it knows; and of a version that is of no use. */
  readonly complain: (message: string, error: unknown) => void;
}

export function secretsManagerMasters(
  client: SecretsManagerClient,
  secretArn: string,
  { clock, check, complain }: MastersOptions,
): () => Promise<Masters> {
  let known: { readonly masters: Masters; readonly readAt: EpochMs } | undefined;
  let next: EpochMs | undefined;
  let reading: Promise<Masters> | undefined;

  return () => {
    if (known !== undefined && next !== undefined && clock() < next) return Promise.resolve(known.masters);
    reading ??= refresh().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  async function refresh(): Promise<Masters> {
    const now = clock();
    try {
      known = { masters: await read(now), readAt: now };
      next = epochMs(now + KEPT);
    } catch (error) {
      if (known === undefined || since(known.readAt, now) >= STALE_MAX) throw error;
      complain('the master secret cannot be read again', error);
      next = epochMs(now + RETRY);
    }
    return known.masters;
  }

  async function read(now: EpochMs): Promise<Masters> {
    const [current, previous] = await Promise.all([version('AWSCURRENT'), version('AWSPREVIOUS')]);
    const [only] = [current, previous].filter((version) => version !== undefined);
    if (only === undefined) throw new Error(`the secret ${secretArn} has no version that can be used`);
    if (current === undefined || previous === undefined) return { current: only.text };
    const isKnown = since(current.createdAt, now) >= KNOWN_TO_ALL;
    const [makes, opens] = isKnown ? [current, previous] : [previous, current];
    return { current: makes.text, previous: opens.text };
  }

  /**
   * `undefined` where the secret has no such version: it was never changed. So too where it is none, for one mistake must not
   * stop every station; the other version is good still.
   */
  async function version(stage: string): Promise<Version | undefined> {
    let found: GetSecretValueCommandOutput;
    try {
      const command = new GetSecretValueCommand({ SecretId: secretArn, VersionStage: stage });
      found = await ask('master secret', () => client.send(command));
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
    const { SecretString: text = '' } = found;
    try {
      check(text);
    } catch (error) {
      complain(`the version ${stage} of the master secret cannot be used`, error);
      return undefined;
    }
    return { text, createdAt: epochMs(found.CreatedDate?.getTime() ?? 0) };
  }
}
