/** So that a container that hears from very many stations does not grow: the oldest is forgotten first. */
const ENTRIES_MAX = 10_000;

/** Keeps an entry as the newest of its map. */
export function keepNewest<T>(entries: Map<string, T>, name: string, entry: T): void {
  entries.delete(name);
  entries.set(name, entry);
  const [oldest] = entries.keys();
  if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
}
