/** Who calls: which registered station a request comes from, by the proof that it carries. */
import type { StationRecord } from '../session/ports.ts';
import { durationMs, type EpochMs } from '../time.ts';
import type { Delivery } from './delivery.ts';
import { generationOf } from './keys.ts';
import type { Registry } from './registry.ts';

const BEARER = /^Bearer +([^\s]+)$/i;

/** Who a delivery is from, and what its proof says of it. */
export interface Caller {
  readonly station: StationRecord;
}

/**
 * The station of which the delivery brings the current key. `undefined` for a wrong key and for a station that does not
 * exist alike: a caller cannot find out which stations there are.
 */
export async function callerOf(
  { registry, master }: { readonly registry: Registry; readonly master: string },
  { station: id, header }: Delivery,
  now: EpochMs,
): Promise<Caller | undefined> {
  const [, key = ''] = BEARER.exec(header('authorization') ?? '') ?? [];
  const generation = generationOf(master, id, key);
  if (generation === undefined) return undefined;

  const remembered = await registry.find(id, now);
  if (remembered?.keyGeneration === generation) return { station: remembered };
  // A key that we once issued: it may be newer than what this container remembers.
  const station = remembered && (await registry.find(id, now, durationMs(0)));
  return station?.keyGeneration === generation ? { station } : undefined;
}
