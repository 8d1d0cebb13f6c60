/** Refusals in memory. Keeps for ever: what is too old for whoever asks is left out. */
import { LOOKED_AT, type Refusal, type Refusals, type Told, UNPROVEN_PLACES } from '../station/refusals.ts';
import { type EpochMs, MINUTE } from '../time.ts';

export function memoryRefusals(): Refusals {
  const kept = new Map<string, Refusal>();

  return {
    async keep(told) {
      await Promise.resolve();
      const place = placeOf(told);
      const old = kept.get(place);
      if (!told.isProven && old !== undefined && minuteOf(old.at) >= minuteOf(told.at)) return;
      kept.set(place, structuredClone({ ...told, firstAt: (told.isProven ? old?.firstAt : undefined) ?? told.at }));
    },
    ofUser: (realm, user, since) => lately((one) => one.isProven && one.realm === realm && one.user === user, since),
    atStation: (station, since) => lately((one) => one.station === station, since),
    unproven: (realm, since) => lately((one) => !one.isProven && one.realm === realm, since),
    async forget(realm, user) {
      await Promise.resolve();
      for (const [place, one] of kept) {
        if (one.isProven && one.realm === realm && one.user === user) kept.delete(place);
      }
    },
  };

  async function lately(fits: (one: Refusal) => boolean, since: EpochMs): Promise<Refusal[]> {
    await Promise.resolve();
    const all = [...kept.values()].filter((one) => fits(one)).sort((a, b) => b.firstAt - a.firstAt);
    const found = all.slice(0, LOOKED_AT).filter(({ at }) => at >= since);
    return structuredClone(found.sort((a, b) => b.at - a.at));
  }
}

const minuteOf = (at: EpochMs): number => Math.floor(at / MINUTE);

const placeOf = ({ at, station, realm, user, isProven, problem }: Told): string =>
  JSON.stringify(
    isProven
      ? [station, problem, ...(user === undefined ? [] : [realm, user])]
      : [station, minuteOf(at) % UNPROVEN_PLACES],
  );
