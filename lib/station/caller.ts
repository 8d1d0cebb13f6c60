/** Who calls: which registered station a request comes from, by the proof that it carries. */
import { X509Certificate } from 'node:crypto';
import type { Policy } from '../session/policy.ts';
import { type DurationMs, durationMs, type EpochMs } from '../time.ts';
import type { Delivery } from './delivery.ts';
import { type BroughtProof, generationOf, type Masters } from './keys.ts';
import { generationBehind, keysIn, signatureIn } from './proof.ts';
import { REMEMBERED, type Registry } from './registry.ts';
import type { StationRecord } from './stations.ts';

/** Who a delivery is from, and what its proof says of it. */
export interface Caller {
  readonly station: StationRecord;
  /** Where the delivery is signed: its id and its instant, which its signature covers as it covers the body. */
  readonly signed?: { readonly id: string; readonly at: EpochMs };
}

export interface CallerParts {
  readonly registry: Registry;
  readonly masters: Masters;
  readonly realms: ReadonlyMap<string, Pick<Policy, 'secretUrls'>>;
}

/**
 * The station that proves itself as it is registered to. `undefined` for a wrong proof, for the proof of another kind and
 * for a station that does not exist alike: a caller cannot find out which stations there are.
 */
export async function callerOf(parts: CallerParts, delivery: Delivery, now: EpochMs): Promise<Caller | undefined> {
  const caller = (await byKey(parts, delivery, now)) ?? (await bySignature(parts, delivery, now));
  if (caller === undefined || !bringsCertificate(caller.station, delivery)) return undefined;
  const mayCome = caller.station.proof !== 'url' || parts.realms.get(caller.station.realm)?.secretUrls === 'allow';
  return mayCome ? caller : undefined;
}

/** A key that was never issued is refused before anything is read. */
async function byKey(parts: CallerParts, delivery: Delivery, now: EpochMs): Promise<Caller | undefined> {
  for (const { proof, key } of keysIn(delivery)) {
    const generation = generationOf(parts.masters, proof, delivery.station, key);
    if (generation === undefined) continue;
    const remembered = await parts.registry.find(delivery.station, now);
    const station = await opened({ ...parts, remembered }, { id: delivery.station, proof, generation }, now);
    if (station !== undefined) return { station };
  }
  return undefined;
}

/**
 * Generations that may have been issued since the container last read the station: a removal counts as one, so does a
 * revocation, and each is followed by a new key.
 */
const AHEAD = 3;

/** Where none fits, what is remembered may be older than the key; so often is that looked up, whether or not there is such a station. */
const AGAIN: DurationMs = durationMs(10_000);

/**
 * Which generation signed stands nowhere in the delivery, so the station says which to try; one that is not registered is
 * tried as long.
 */
async function bySignature(parts: CallerParts, delivery: Delivery, now: EpochMs): Promise<Caller | undefined> {
  const signature = signatureIn(delivery, now);
  if (signature === undefined) return undefined;
  const { station: id } = delivery;
  for (const maxAge of [REMEMBERED, AGAIN]) {
    const remembered = await parts.registry.recall(id, now, maxAge);
    const newest = remembered?.keyGeneration ?? 0;
    const generations = [newest, newest - 1, ...Array.from({ length: AHEAD }, (_, n) => newest + 1 + n)];
    const generation = generationBehind(signature, parts.masters, id, generations);
    if (generation === undefined) continue;
    const station = await opened({ ...parts, remembered }, { id, proof: 'signature', generation }, now);
    return station && { station, signed: { id: signature.id, at: signature.at } };
  }
  return undefined;
}

/** The station, if a key of this generation opens it; read again only for one that is newer than what is remembered. */
async function opened(
  { registry, remembered }: { readonly registry: Registry; readonly remembered: StationRecord | undefined },
  { id, ...key }: { readonly id: string; readonly proof: BroughtProof | 'signature'; readonly generation: number },
  now: EpochMs,
): Promise<StationRecord | undefined> {
  if (remembered !== undefined && key.generation <= remembered.keyGeneration) {
    return isGood(remembered, key, now) ? remembered : undefined;
  }
  const station = await registry.find(id, now, durationMs(0));
  return station !== undefined && isGood(station, key, now) ? station : undefined;
}

/** The newest generation is good, and the one before it while its station changes over. */
export function isGood(
  { proof, keyGeneration, previousKeyUntil }: StationRecord,
  key: { readonly proof: StationRecord['proof']; readonly generation: number },
  now: EpochMs,
): boolean {
  if (key.proof !== proof) return false;
  const isPrevious = key.generation === keyGeneration - 1 && previousKeyUntil !== undefined && now < previousKeyUntil;
  return key.generation === keyGeneration || isPrevious;
}

/** Where the station is bound to a certificate: whether the connection was made with that one. */
export function bringsCertificate(station: StationRecord, { certificate }: Delivery): boolean {
  if (station.certificate === undefined) return true;
  if (certificate === undefined) return false;
  try {
    return new X509Certificate(certificate).fingerprint256 === station.certificate;
  } catch {
    return false;
  }
}
