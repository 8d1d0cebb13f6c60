/** Who speaks for whom: a gateway in front of stations that cannot call by themselves. */
import type { EpochMs } from '../time.ts';
import type { Registry } from './registry.ts';
import type { StationRecord } from './stations.ts';

/** Whether the caller's registration lets it speak for a station of this id: itself, or one that it names, or `lib-*`. */
export const mayFor = ({ id: own, kind, speaksFor = [] }: StationRecord, id: string): boolean =>
  id === own ||
  (kind === 'gateway' &&
    speaksFor.some((name) => (name.endsWith('*') ? id.startsWith(name.slice(0, -1)) : id === name)));

/** The station for which the caller speaks, or why it may not. */
export type SpokenFor =
  | { readonly ok: true; readonly station: StationRecord }
  | { readonly ok: false; readonly why: 'not-spoken-for' | 'not-registered' | 'other-realm' };

/** Costs no read where the caller may not: only the station's own registration is looked at, and it is remembered. */
export async function spokenFor(
  registry: Registry,
  caller: StationRecord,
  id: string,
  now: EpochMs,
): Promise<SpokenFor> {
  if (id === caller.id) return { ok: true, station: caller };
  if (!mayFor(caller, id)) return { ok: false, why: 'not-spoken-for' };
  const station = await registry.find(id, now);
  if (station === undefined) return { ok: false, why: 'not-registered' };
  return station.realm === caller.realm ? { ok: true, station } : { ok: false, why: 'other-realm' };
}
