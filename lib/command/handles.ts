/** Handles as people read and type them: up to the first dot, where that says which session is meant. */
import { printable } from '../printable.ts';
import { handleOf, parseHandle } from '../session/handle.ts';
import type { PastShown, SessionShown } from './answers.ts';
import { type Api, Refused } from './api.ts';

const beginningOf = (handle: string): string => handle.split('.')[0] ?? handle;

/** Each in the shortest form that none of the others has. Operators may leave a seal out. */
export function shortHandles(handles: readonly string[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const handle of new Set(handles)) counts.set(beginningOf(handle), (counts.get(beginningOf(handle)) ?? 0) + 1);
  return new Map(
    handles.map((handle) => [handle, counts.get(beginningOf(handle)) === 1 ? beginningOf(handle) : unsealed(handle)]),
  );
}

const unsealed = (handle: string): string => {
  const name = parseHandle(handle);
  return name === undefined ? handle : handleOf(name);
};

export const shortHandle = (handle: string): string => beginningOf(handle);

/** The handle that is meant. Throws `Refused` where nothing is known of it, or several begin so. */
export async function handleMeant(api: Api, said: string): Promise<string> {
  if (!/^[0-9a-z]{1,11}$/.test(said)) return said;
  const query = { query: { session: said } };
  const live = await api.list<SessionShown>('/v1/sessions', 'sessions', query);
  const found = live.length > 0 ? live : await api.list<PastShown>('/v1/history', 'sessions', query);
  const handles = [...new Map(found.map((one) => [one.session, one])).values()];
  const [only, ...others] = handles;
  if (only === undefined) throw new Refused(404, `nothing is known of a session ${JSON.stringify(said)}`);
  if (others.length === 0) return only.session;
  const each = handles.map(({ user, station, session }) => `${session} (${printable(user)} at ${station})`);
  throw new Refused(409, `${handles.length} sessions are called ${said}; say which: ${each.join(', ')}`);
}
