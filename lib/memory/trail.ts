/** The trail in memory. Keeps for ever: nothing reads when an item is collected as garbage. */
import type { Action, Page, Trail } from '../service/ports.ts';
import { pageOf, sortTextAt } from './pages.ts';

export function memoryTrail(): Trail {
  const kept = new Map<string, Action>();

  return { keep, list };

  async function keep(action: Action): Promise<void> {
    await Promise.resolve();
    kept.set(placeOf(action), structuredClone(action));
  }

  async function list({ from, to, fits = () => true, ...query }: Parameters<Trail['list']>[0]): Promise<Page<Action>> {
    await Promise.resolve();
    const asked = [...kept.values()].filter((action) => action.at >= from && action.at < to && fits(action));
    return pageOf(asked, placeOf, { ...query, newestFirst: true });
  }
}

const placeOf = ({ at, id }: Action): string => sortTextAt(at, id);
