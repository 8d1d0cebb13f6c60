/**
 * Ports in memory whose writes are sent twice and answered with the second answer, as where the SDK repeats a write whose
 * answer was lost. A repeat knows its first try by the token that this has left on the item; where another write has come
 * between, it is weighed anew (lib/aws/once.ts).
 */
import type { Panels, Seats } from '../../lib/service/ports.ts';

export function seatsWrittenTwice(seats: Seats): Seats {
  const write = twice(
    ({ realm, user, seat }) => JSON.stringify([realm, user, seat]),
    seats.write,
    async (key) => ({ won: true, seat: (await seats.read(key)) ?? gone() }) as const,
  );
  return { ...seats, write };
}

export function panelsWrittenTwice(panels: Panels): Panels {
  const write = twice(
    (station) => station,
    panels.write,
    async (station) => ({ won: true, panel: await panels.read(station) }),
  );
  return { ...panels, write };
}

function gone(): never {
  throw new Error('what was written is not there');
}

type Write<Key, Attempt, Written> = (key: Key, attempt: Attempt) => Promise<Written>;

function twice<Key, Attempt, Written extends { readonly won: boolean }>(
  idOf: (key: Key) => string,
  write: Write<Key, Attempt, Written>,
  asWritten: (key: Key) => Promise<Written>,
): Write<Key, Attempt, Written> {
  const lastWrite = new Map<string, symbol>();
  const send = async (key: Key, attempt: Attempt, token: symbol): Promise<Written> => {
    if (lastWrite.get(idOf(key)) === token) return asWritten(key);
    const written = await write(key, attempt);
    if (written.won) lastWrite.set(idOf(key), token);
    return written;
  };
  return async (key, attempt) => {
    const token = Symbol('write');
    await send(key, attempt, token);
    return send(key, attempt, token);
  };
}
