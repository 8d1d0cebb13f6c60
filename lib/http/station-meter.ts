/** What the stations' side of the API counts, beside what the core does. */
import type { Meter } from '../service/ports.ts';

/**
 * Counts what an error has kept from being answered, and throws the error again. What could not be read yet may have been a
 * login, unless its path says that it was none.
 */
export const countFailure =
  (meter: Meter, seen: { readonly event: string }) =>
  (error: unknown): never => {
    if (seen.event === 'login' || seen.event === 'events') meter.add('LoginFailed', 1);
    throw error;
  };
