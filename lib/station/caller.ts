/** Who calls: which registered station a request comes from, by the proof that it carries. */
import type { StationRecord } from '../session/ports.ts';
import { durationMs, type EpochMs } from '../time.ts';
import { generationOf } from './keys.ts';
import type { Registry } from './registry.ts';

const BEARER = /^Bearer +([^\s]+)$/i;

/**
 * The station with this id, if the `Authorization` header carries its current key. `undefined` for a wrong key and for a
 * station that does not exist alike: a caller cannot find out which stations there are.
 */
export async function callerOf(
  { registry, master }: { readonly registry: Registry; readonly master: string },
  {
    station,
    authorization,
    now,
  }: { readonly station: string; readonly authorization: string | undefined; readonly now: EpochMs },
): Promise<StationRecord | undefined> {
  const [, key = ''] = BEARER.exec(authorization ?? '') ?? [];
  const generation = generationOf(master, station, key);
  if (generation === undefined) return undefined;

  const remembered = await registry.find(station, now);
  if (remembered?.keyGeneration === generation) return remembered;
  // A key that we once issued: it may be newer than what this container remembers.
  const current = remembered && (await registry.find(station, now, durationMs(0)));
  return current?.keyGeneration === generation ? current : undefined;
}
