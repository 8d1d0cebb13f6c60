/** The shortest plan that still breaks a promise: actions are left out, halves first, and whatever else is not needed. */
import { DAY, MINUTE } from '../../lib/time.ts';
import { type Action, NO_FAULTS, type Plan, type Rates } from './plan.ts';
import { live } from './simulate.ts';

export async function shorten(plan: Plan, progress: (actions: number) => void): Promise<Plan> {
  const breaks = async (one: Plan) => (await live(one)).violations.length > 0;
  let best = plan;
  const tryOut = async (one: Plan): Promise<boolean> => {
    if (!(await breaks(one))) return false;
    best = one;
    return true;
  };
  const { fleet } = plan;
  if (fleet !== undefined) {
    // Each run of a campus takes a minute: first the days after, then those before, then most of the people and stations.
    const [first] = (await live(best)).violations;
    const length = Math.min(plan.length, (first?.at ?? plan.length) + MINUTE);
    const actions = plan.actions.filter(({ at }) => at < length);
    if (await tryOut({ ...best, length, actions })) progress(actions.length);
    await withoutAll(({ at }) => Math.floor(at / DAY));
    await withoutAll(({ user }) => user);
    await withoutAll(({ station }) => station);
    for (const part of ['spells', 'gateways', 'powerCuts', 'restarts'] as const) {
      if (best.fleet !== undefined) await tryOut({ ...best, fleet: { ...best.fleet, [part]: [] } });
    }
  }
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

  /** Leaves out whole groups of actions, halves of what is left first. */
  async function withoutAll(groupOf: (action: Action) => string | number): Promise<void> {
    let groups = [...new Set(best.actions.map(groupOf))];
    for (let size = Math.ceil(groups.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let start = 0; start < groups.length; ) {
        const left = groups.filter((_, n) => n < start || n >= start + size);
        const kept = new Set(left);
        const actions = best.actions.filter((action) => kept.has(groupOf(action)));
        if (await tryOut({ ...best, actions })) {
          groups = left;
          progress(actions.length);
        } else start += size;
      }
    }
  }
}
