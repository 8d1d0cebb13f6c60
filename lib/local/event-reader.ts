/** Reads `GET /local/events` from now on and remembers what it has seen. */
import type { BusEvent } from './bus.ts';

export interface EventReader {
  /** Resolves to the first event, seen or to come, that fits; to `undefined` if none does in time. */
  find(fits: (event: BusEvent) => boolean, withinMs: number): Promise<BusEvent | undefined>;
  close(): void;
}

export async function readEvents(url: string, operatorKey: string): Promise<EventReader> {
  const closing = new AbortController();
  const headers = { authorization: `Bearer ${operatorKey}` };
  const response = await fetch(`${url}/local/events`, { headers, signal: closing.signal });
  if (!response.ok || response.body === null) throw new Error(`GET /local/events was answered ${response.status}`);

  const seen: BusEvent[] = [];
  let onEvent = () => {};
  void (async () => {
    const lines = new Lines();
    for await (const chunk of response.body ?? []) {
      for (const line of lines.push(chunk)) {
        if (!line.startsWith('data: ')) continue;
        seen.push(JSON.parse(line.slice('data: '.length)));
        onEvent();
      }
    }
  })().catch(() => {});

  return {
    find: (fits, withinMs) =>
      new Promise((resolve) => {
        const look = () => {
          const found = seen.find(fits);
          if (found !== undefined) settle(found);
        };
        const settle = (event: BusEvent | undefined) => {
          clearTimeout(timer);
          onEvent = () => {};
          resolve(event);
        };
        const timer = setTimeout(() => settle(undefined), withinMs);
        onEvent = look;
        look();
      }),
    close: () => closing.abort(),
  };
}

class Lines {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** The lines that this chunk completes. */
  push(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}
