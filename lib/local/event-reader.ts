/** Reads `GET /local/events`. */
import type { BusEvent, NumberedEvent } from './bus.ts';

export interface EventsOptions {
  readonly url: string;
  readonly operatorKey: string;
  /** The number of an event: those after it come first. @default from now on */
  readonly since?: number;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

/** Resolves once it listens, to what comes until the connection ends. */
export async function openEvents(options: EventsOptions): Promise<AsyncGenerator<NumberedEvent, void>> {
  const { url, operatorKey, since, signal } = options;
  const headers = { authorization: `Bearer ${operatorKey}` };
  const query = since === undefined ? '' : `?since=${since}`;
  const response = await fetch(`${url}/local/events${query}`, { headers, signal });
  if (!response.ok || response.body === null) throw new Error(`GET /local/events was answered ${response.status}`);
  return parse(response.body);
}

async function* parse(body: AsyncIterable<Uint8Array>): AsyncGenerator<NumberedEvent, void> {
  const lines = new Lines();
  let number = 0;
  for await (const chunk of body) {
    for (const line of lines.push(chunk)) {
      if (line.startsWith('id: ')) number = Number(line.slice('id: '.length));
      if (line.startsWith('data: ')) yield { number, event: JSON.parse(line.slice('data: '.length)) };
    }
  }
}

export interface EventReader {
  /** Resolves to the first event, seen or to come, that fits; to `undefined` if none does in time. */
  find(fits: (event: BusEvent) => boolean, withinMs: number): Promise<BusEvent | undefined>;
  close(): void;
}

/** Remembers all that happens from now on. */
export async function readEvents(url: string, operatorKey: string): Promise<EventReader> {
  const closing = new AbortController();
  const events = await openEvents({ url, operatorKey, signal: closing.signal });
  const seen: BusEvent[] = [];
  let onEvent = () => {};
  void (async () => {
    for await (const { event } of events) {
      seen.push(event);
      onEvent();
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
