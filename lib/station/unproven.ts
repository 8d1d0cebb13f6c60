/**
 * Why a delivery does not prove that it is from this station: for its operator, who must mend it. Whoever calls is told
 * nothing of this.
 */
import type { EpochMs } from '../time.ts';
import { bringsCertificate, type CallerParts, isGood } from './caller.ts';
import type { Delivery } from './delivery.ts';
import { generationOf } from './keys.ts';
import { generationBehind, keysIn, signatureIn } from './proof.ts';
import type { StationRecord } from './stations.ts';

/** From the one that is at fault before all others. */
export const UNPROVEN = [
  /** It has been issued none, or all were revoked. */
  'no-key',
  /** The delivery brings neither a key nor a signature. */
  'no-proof',
  /** It proves itself in another way than the one in which it is registered. */
  'other-proof',
  /** Its key, or the secret by which it signs, was replaced or revoked. */
  'old-key',
  /** What it brings was never issued to this station. */
  'wrong-key',
  /** By its date it was signed more than five minutes from now, or it does not say when. */
  'clock',
  /** Its key is good, and it brings no certificate, or another than the registered one. */
  'certificate',
  /** Its key is good, and the realm takes none in addresses. */
  'secret-url',
] as const;
export type Unproven = (typeof UNPROVEN)[number];

/** Generations of signing secrets that are looked at: whoever was left behind is so by few. */
const FORMER_MAX = 5;

export function whyUnproven(
  { masters, realms }: Pick<CallerParts, 'masters' | 'realms'>,
  station: StationRecord,
  delivery: Delivery,
  now: EpochMs,
): Unproven {
  const { id, proof, keyGeneration: newest } = station;
  const keys = keysIn(delivery);
  const isSigned = delivery.header('webhook-signature') !== undefined;
  if (station.keyIssuedAt === undefined) return 'no-key';
  if (keys.length === 0 && !isSigned) return delivery.header('authorization') === undefined ? 'no-proof' : 'wrong-key';
  const isAsRegistered = proof === 'signature' ? isSigned : keys.some((key) => key.proof === proof);
  if (!isAsRegistered) return 'other-proof';
  const generation = proof === 'signature' ? signedBy() : issued();
  if (typeof generation !== 'number') return generation;
  if (!isGood(station, { proof, generation }, now)) return 'old-key';
  if (!bringsCertificate(station, delivery)) return 'certificate';
  return proof === 'url' && realms.get(station.realm)?.secretUrls !== 'allow' ? 'secret-url' : 'wrong-key';

  function issued(): number | 'wrong-key' {
    const generations = keys.flatMap(({ proof, key }) => generationOf(masters, proof, id, key) ?? []);
    return generations.length === 0 ? 'wrong-key' : Math.max(...generations);
  }

  function signedBy(): number | 'clock' | 'wrong-key' {
    const signature = signatureIn(delivery, now);
    if (signature === undefined) return 'clock';
    const generations = Array.from({ length: FORMER_MAX }, (_, n) => newest - n).filter((one) => one >= 0);
    return generationBehind(signature, masters, id, generations) ?? 'wrong-key';
  }
}
