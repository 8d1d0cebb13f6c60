/**
 * EventBridge on one machine: takes `PutEvents` as the SDK client sends it, keeps every event in a log, and shows them
 * live as server-sent events, from any point of the past on.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { type Clock, toRfc3339 } from '../time.ts';
import { ACCOUNT, REGION } from './lambda.ts';
import { Log } from './log.ts';
import { readBody, sendJson } from './loopback.ts';

/** An event as its subscribers get it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Events are numbered from 1 in the order in which they came. */
export interface NumberedEvent {
  readonly number: number;
  readonly event: BusEvent;
}

const detailSchema = z.string().transform((text, check): Record<string, unknown> => {
  try {
    const detail = JSON.parse(text);
    if (typeof detail === 'object' && detail !== null && !Array.isArray(detail)) return detail;
  } catch {}
  check.addIssue('Detail is malformed.');
  return z.NEVER;
});

const entrySchema = z.object({
  Source: z.string('Parameter Source is not valid. Reason: Source is a required argument.').min(1),
  DetailType: z.string('Parameter DetailType is not valid. Reason: DetailType is a required argument.').min(1),
  Detail: detailSchema,
  Resources: z.array(z.string()).default([]),
  /** Epoch seconds, as AWS JSON writes instants. */
  Time: z.number().optional(),
});

/** The service's limits: entries of one request, and their bytes together (with room for the JSON around them). */
const requestSchema = z.object({ Entries: z.array(z.unknown()).min(1).max(10) });
const BODY_MAX = 1024 * 1024;

/** A comment line this often keeps an idle connection of `GET /local/events` open. */
const HEARTBEAT_MS = 15_000;

export class Bus {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #subscribers = new Set<(numbered: NumberedEvent) => void>();
  readonly #viewers = new Set<ServerResponse>();

  private constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  static async open(file: string, clock: Clock, say: (line: string) => void = () => {}): Promise<Bus> {
    return new Bus(await Log.open({ file, say }), clock);
  }

  /** Called with each event from now on. Returns what ends that. */
  subscribe(subscriber: (numbered: NumberedEvent) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** The number of the last event; 0 before there is any. */
  get last(): number {
    return this.#log.last;
  }

  /** Every event after the one of this number that is still kept. */
  async since(number: number): Promise<NumberedEvent[]> {
    const kept = await this.#log.since(number);
    return kept.map(({ number, ...event }) => ({ number, event: event as unknown as BusEvent }));
  }

  async publish(events: readonly BusEvent[]): Promise<void> {
    if (events.length === 0) return;
    const last = await this.#log.append(events.map((event) => ({ ...event })));
    // Numbered as they stand in the log: what could not be written has no number.
    for (const [index, event] of events.entries()) {
      const number = last - events.length + 1 + index;
      for (const subscriber of this.#subscribers) subscriber({ number, event });
    }
  }

  /** Ends every open `stream`. */
  hangUp(): void {
    for (const viewer of this.#viewers) viewer.end();
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  /** The AWS JSON 1.1 endpoint. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, BODY_MAX);
    const operation = request.headers['x-amz-target'];
    if (operation !== 'AWSEvents.PutEvents') {
      return sendError(response, 'UnknownOperationException', `The local bus does not know ${operation}.`);
    }
    const parsed = requestSchema.safeParse(parseJson(body));
    if (!parsed.success) return sendError(response, 'ValidationException', 'Entries must be 1 to 10 of at most 1 MB.');

    const entries = parsed.data.Entries.map((entry) => entrySchema.safeParse(entry));
    const accepted = entries.map((entry) => (entry.success ? this.#toEvent(entry.data) : undefined));
    await this.publish(accepted.filter((event) => event !== undefined));
    const results = entries.map((entry, index) =>
      entry.success
        ? { EventId: accepted[index]?.id }
        : { ErrorCode: 'InvalidArgument', ErrorMessage: entry.error.issues[0]?.message },
    );
    const failed = entries.filter((entry) => !entry.success).length;
    sendJson(response, 200, { FailedEntryCount: failed, Entries: results });
  }

  #toEvent(entry: z.infer<typeof entrySchema>): BusEvent {
    const time = entry.Time === undefined ? toRfc3339(this.#clock()) : new Date(entry.Time * 1000).toISOString();
    return {
      version: '0',
      id: randomUUID(),
      source: entry.Source,
      account: ACCOUNT,
      // EventBridge gives its envelope whole seconds.
      time: time.replace(/\.\d{3}Z$/, 'Z'),
      region: REGION,
      resources: entry.Resources,
      'detail-type': entry.DetailType,
      detail: entry.Detail,
    };
  }

  /**
   * Server-sent events: those after `?since=<number>` (or the `Last-Event-ID` of a browser that reconnects), then each
   * as it happens. Without either, from now on.
   */
  async stream(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = new URL(request.url ?? '/', 'http://localhost').searchParams.get('since');
    const text = asked ?? request.headers['last-event-id'];
    if (text !== undefined && !/^\d{1,15}$/.test(String(text))) {
      return sendJson(response, 400, { message: 'since must be the number of an event, or 0' });
    }
    // A number that is not given yet is of another log: nothing that happens here is to be kept back for it.
    let sent = Math.min(this.last, text === undefined ? this.last : Number(text));
    const send = ({ number, event }: NumberedEvent) => {
      if (number <= sent) return;
      sent = number;
      response.write(`id: ${number}\nevent: ${event['detail-type']}\ndata: ${JSON.stringify(event)}\n\n`);
    };
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();

    // What happens while the past is read waits for it, so that the order holds.
    const waiting: NumberedEvent[] = [];
    let deliver = (numbered: NumberedEvent): void => {
      waiting.push(numbered);
    };
    const unsubscribe = this.subscribe((numbered) => deliver(numbered));
    const heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS);
    this.#viewers.add(response);
    response.once('close', () => {
      this.#viewers.delete(response);
      clearInterval(heartbeat);
      unsubscribe();
    });
    for (const numbered of await this.since(sent)) send(numbered);
    for (const numbered of waiting) send(numbered);
    deliver = send;
  }
}

function parseJson(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}

function sendError(response: ServerResponse, type: string, message: string): void {
  sendJson(response, 400, { __type: type, message }, { 'content-type': 'application/x-amz-json-1.1' });
}
