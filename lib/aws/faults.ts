/**
 * What can go wrong in a request, sorted by what its reader should do: a refused condition is a value, a passing fault is
 * `Unavailable`, and whatever asking again cannot mend (a right that is missing, a request that is malformed) stays as
 * the SDK threw it. The only file that knows the SDK's errors by name.
 */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { Unavailable } from '../service/ports.ts';
import type { Item } from './items.ts';

/** A conditional write: done, or refused by the item that was there. */
export type Conditional<T> =
  | { readonly won: true; readonly output: T }
  | { readonly won: false; readonly item: Item | undefined };

/** Makes a request for a port. A passing fault becomes `Unavailable`. */
export async function ask<T>(port: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw isPassing(error) ? new Unavailable(port, { cause: error }) : error;
  }
}

/** Makes a request that may lose a race. */
export async function askIf<T>(port: string, request: () => Promise<T>): Promise<Conditional<T>> {
  try {
    return { won: true, output: await ask(port, request) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { won: false, item: error.Item };
  }
}

/** A schedule of that name exists, or has only just gone. */
export const isConflict = (error: unknown): boolean => isNamed(error, 'ConflictException');

/** The service does not take what it was asked. */
export const isInvalid = (error: unknown): boolean => isNamed(error, 'ValidationException');

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

/** Asked for more in a second than a key, a table or an account has. */
export const isThrottled = (error: unknown): boolean => error instanceof Error && THROTTLED.has(error.name);

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/**
 * Errors of credentials, of clocks, and of the key by which the table is encrypted. The request is in order, and will be taken
 * once its signer's are: when a container that was frozen has new ones, when the clock is set, when the key is enabled again.
 */
const OF_THE_SIGNER = new Set([
  'AuthFailure',
  'CredentialsProviderError',
  'DecryptionFailure',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InaccessibleEncryptionCredentialsException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
]);

/** A key that is disabled is told of by a name of its own, or as a right that is missing; then the message names KMS. */
const isOfKey = ({ name, message }: Error): boolean =>
  /^KMS\w+Exception$/.test(name) || (name === 'AccessDeniedException' && /\bKMS\b|encryption key/i.test(message));

/** Other errors of the services that pass, beyond what their status says. */
const PASSING = new Set(['ServiceQuotaExceededException', 'TimeoutError']);

/** Errors of the network, by Node's code for them. */
const NETWORK = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  return (
    OF_THE_SIGNER.has(error.name) ||
    isOfKey(error) ||
    isThrottled(error) ||
    PASSING.has(error.name) ||
    NETWORK.has(String(code)) ||
    ($metadata?.httpStatusCode ?? 0) >= 500
  );
}
