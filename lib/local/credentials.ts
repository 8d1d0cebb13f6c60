/** What the functions call the local Scheduler and the local bus with, and what keeps everybody else out of these. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type RequestListener, sendJson } from './loopback.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Nobody can guess these, and nobody needs them after this run. */
export const newCredentials = (): Credentials => ({
  accessKeyId: randomBytes(16).toString('hex'),
  secretAccessKey: randomBytes(32).toString('hex'),
});

/** Takes the same time whatever is given: the digests are of equal length. */
export function isSecret(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

/**
 * Serves whoever names this access key and refuses the others as AWS does. No signature is verified: where the key's
 * name is made anew for each run, it is the secret.
 */
export function onlyFor(accessKeyId: string, listener: RequestListener): RequestListener {
  return async (request, response) => {
    const named = /^AWS4-HMAC-SHA256 .*\bCredential=([^/,\s]+)\//.exec(request.headers.authorization ?? '')?.[1];
    if (named !== undefined && isSecret(named, accessKeyId)) return listener(request, response);
    const type = 'UnrecognizedClientException';
    const message = 'The security token included in the request is invalid.';
    sendJson(response, 403, { __type: type, message }, { 'x-amzn-errortype': type });
  };
}
