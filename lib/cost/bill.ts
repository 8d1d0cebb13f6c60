/** The bill of a month, by platform and by feature, and what the needs of its busiest second are against the quotas. */
import { type Feature, monthOf } from './month.ts';
import { type Need, needsOf } from './needs.ts';
import { type Platform, PRICES, type Priced, usdFor } from './prices.ts';
import { shardsForWorkload } from './shards.ts';
import { idle, type Workload } from './workload.ts';

export interface Bill {
  readonly workload: Workload;
  readonly usd: number;
  readonly byPlatform: readonly Part<Platform>[];
  readonly byFeature: readonly Part<Feature>[];
  readonly quantities: readonly Quantity[];
  /** The same deployment, all month without a station. */
  readonly idleUsd: number;
  readonly usdPerThousandSessions: number | undefined;
  /** What else could be had, and what it would add. */
  readonly extras: readonly Part<string>[];
  readonly needs: readonly Need[];
  /** As many as this workload should have. */
  readonly shards: number;
}

export interface Part<Name> {
  readonly name: Name;
  readonly usd: number;
}

export interface Quantity {
  readonly priced: Priced;
  readonly quantity: number;
  readonly usd: number;
}

export function billOf(workload: Workload): Bill {
  const quantities = quantitiesOf(workload);
  const usd = sumOf(quantities);
  const sessions = workload.sessionsPerDay * workload.daysPerMonth;
  return {
    workload,
    usd,
    byPlatform: grouped(quantities.map((each) => ({ name: PRICES[each.priced].of, usd: each.usd }))),
    byFeature: byFeature(workload, quantities),
    quantities,
    idleUsd: sumOf(quantitiesOf(idle(workload))),
    usdPerThousandSessions: sessions === 0 ? undefined : (usd / sessions) * 1_000,
    extras: extrasOf(workload, usd),
    needs: needsOf(workload),
    shards: shardsForWorkload(workload),
  };
}

/** What could be asked for besides, as it changes the workload. */
const EXTRAS: Readonly<Record<string, (workload: Workload) => Partial<Workload>>> = {
  'a dashboard that is open all day': ({ hoursPerDay }) => ({ consoleHours: hoursPerDay }),
  'a webhook': () => ({ webhook: true }),
  'a key of the account’s own': () => ({ customerKey: true }),
  'stations ranked on the dashboard': () => ({ insights: true }),
  'an alarm for silent stations': () => ({ silent: true }),
  'one realm more': ({ realms }) => ({ realms: realms + 1 }),
};

const extrasOf = (workload: Workload, usd: number): Part<string>[] =>
  Object.entries(EXTRAS)
    .map(([name, more]) => ({ name, usd: sumOf(quantitiesOf({ ...workload, ...more(workload) })) - usd }))
    .filter((extra) => extra.usd > 0);

/** Of each thing that has a price, all of the month together: tiers and free quantities are of the whole. */
function quantitiesOf(workload: Workload): Quantity[] {
  const sums = new Map<Priced, number>();
  for (const { priced, quantity } of monthOf(workload)) sums.set(priced, (sums.get(priced) ?? 0) + quantity);
  return [...sums].map(([priced, quantity]) => ({ priced, quantity, usd: usdFor(priced, quantity, workload) }));
}

/** Each feature has its share of what each quantity costs. */
function byFeature(workload: Workload, quantities: readonly Quantity[]): Part<Feature>[] {
  const each = new Map(quantities.map(({ priced, quantity, usd }) => [priced, usd / quantity]));
  return grouped(
    monthOf(workload).map(({ feature, priced, quantity }) => ({
      name: feature,
      usd: quantity * (each.get(priced) ?? 0),
    })),
  );
}

/** The dearest first. */
function grouped<Name extends string>(parts: readonly Part<Name>[]): Part<Name>[] {
  const sums = new Map<Name, number>();
  for (const { name, usd } of parts) sums.set(name, (sums.get(name) ?? 0) + usd);
  return [...sums].map(([name, usd]) => ({ name, usd })).sort((a, b) => b.usd - a.usd);
}

const sumOf = (parts: readonly { readonly usd: number }[]): number => parts.reduce((sum, { usd }) => sum + usd, 0);
