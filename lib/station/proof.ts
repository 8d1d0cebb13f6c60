/** The ways in which a delivery can prove whose it is. Whether its station may prove it so is for the caller to say. */
import { createHmac } from 'node:crypto';
import { type EpochMs, epochMs, MINUTE, SECOND } from '../time.ts';
import type { Delivery } from './delivery.ts';
import { type BroughtProof, isEqual, type Masters, signingSecrets } from './keys.ts';

export interface BroughtKey {
  readonly proof: BroughtProof;
  readonly key: string;
}

/** Keys that the delivery brings, each by the way it came. */
export function keysIn({ station, urlKey, header }: Delivery): readonly BroughtKey[] {
  const [, scheme = '', credentials = ''] = /^(Bearer|Basic) +([^\s]+)$/i.exec(header('authorization') ?? '') ?? [];
  const basic = scheme.toLowerCase() === 'basic' ? passwordOf(station, credentials) : undefined;
  return [
    ...(urlKey === undefined ? [] : [{ proof: 'url' as const, key: urlKey }]),
    ...(scheme.toLowerCase() === 'bearer' ? [{ proof: 'bearer' as const, key: credentials }] : []),
    ...(basic === undefined ? [] : [{ proof: 'basic' as const, key: basic }]),
  ];
}

/** RFC 7617: `user:password`. The user must be the station that the path names. */
function passwordOf(station: string, credentials: string): string | undefined {
  const [user, ...password] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
  return user === station ? password.join(':') : undefined;
}

/** How far the instant of a signed delivery may be from ours, both ways (Standard Webhooks). */
const TOLERANCE = 5 * MINUTE;

/** What Standard Webhooks' three headers say. */
export interface Signature {
  readonly id: string;
  readonly at: EpochMs;
  /** Of HMAC-SHA256, by whoever signed: several, where the sender's secret is being changed. */
  readonly signatures: readonly Buffer[];
  /** What is signed. */
  readonly content: Buffer;
}

/**
 * `undefined` where there is none, or none of now. By hand, for the standard's own library knows text for bodies and no
 * clock but its own.
 */
export function signatureIn({ header, body }: Delivery, now: EpochMs): Signature | undefined {
  const id = header('webhook-id') ?? '';
  const seconds = header('webhook-timestamp') ?? '';
  // A full stop in an id could be read as the one after it, and one signed content as two deliveries.
  if (!/^[^\s.]+$/.test(id) || !/^\d{1,11}$/.test(seconds)) return undefined;
  const at = epochMs(Number(seconds) * SECOND);
  // Whole seconds, as the sender has them.
  if (Math.abs(Math.floor(now / SECOND) * SECOND - at) > TOLERANCE) return undefined;
  const signatures = (header('webhook-signature') ?? '').split(' ').flatMap((signature) => {
    const [, sealed] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(signature) ?? [];
    return sealed === undefined ? [] : [Buffer.from(sealed, 'base64')];
  });
  if (signatures.length === 0) return undefined;
  return { id, at, signatures, content: Buffer.concat([Buffer.from(`${id}.${seconds}.`), body]) };
}

/** By which of these generations of the station's key it was signed. Looks at all of them for a wrong signature. */
export const generationBehind = (
  { signatures, content }: Signature,
  masters: Masters,
  station: string,
  generations: readonly number[],
): number | undefined =>
  generations.find((generation) =>
    signingSecrets(masters, station, generation).some((secret) => {
      const right = createHmac('sha256', secret).update(content).digest();
      return signatures.some((given) => isEqual(given, right));
    }),
  );
