/** The shortest plan that still breaks a promise: actions are left out, halves first, and whatever else is not needed. */
import { NO_FAULTS, type Plan, type Rates } from './plan.ts';
import { live } from './simulate.ts';

export async function shorten(plan: Plan, progress: (actions: number) => void): Promise<Plan> {
  const breaks = async (one: Plan) => (await live(one)).violations.length > 0;
  let best = plan;
  const tryOut = async (one: Plan): Promise<boolean> => {
    if (!(await breaks(one))) return false;
    best = one;
    return true;
  };
  for (let size = Math.ceil(best.actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < best.actions.length; ) {
      const actions = best.actions.filter((_, n) => n < start || n >= start + size);
      if (await tryOut({ ...best, actions })) progress(best.actions.length);
      else start += size;
    }
  }
  for (const name of Object.keys(NO_FAULTS) as (keyof Rates)[]) {
    if (best.rates[name] > 0) await tryOut({ ...best, rates: { ...best.rates, [name]: 0 } });
  }
  for (const outage of best.outages) await tryOut({ ...best, outages: best.outages.filter((one) => one !== outage) });
  const { change: _, ...unchanged } = best;
  if (best.change !== undefined) await tryOut(unchanged);
  const spoken = new Set(best.actions.map(({ station }) => station));
  await tryOut({ ...best, stations: best.stations.filter(({ id }) => spoken.has(id)) });
  return best;
}
