/**
 * SQS on one machine, as far as webhooks need it: events wait in a file, are handed to a function one by one, and come back
 * until the function is done with them. Killed at any moment, it has lost none; it may hand one out twice, as SQS may.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { after, type Clock, durationMs, epochMs, SECOND } from '../time.ts';
import type { Bus, BusEvent, NumberedEvent } from './bus.ts';
import { readState, removeFile, replaceFile } from './data.ts';
import { ACCOUNT, REGION } from './lambda.ts';
import { readBody, sendJson } from './loopback.ts';

export interface WebhookQueueOptions {
  /** Where events wait. */
  readonly file: string;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Which events are put into it; absent where nobody is told of any, and what waits for somebody is forgotten. */
  readonly wants: ((event: BusEvent) => boolean) | undefined;
  /** After so many tries an event is a dead letter. */
  readonly triesMax: number;
  readonly onDeadLetter: (event: unknown, why: string) => Promise<void>;
  /** Told in one line if the file is damaged. @default nobody is told */
  readonly say?: (line: string) => void;
}

/** The one of the deployed stack: how soon a message comes back of which nothing was said. */
const HIDDEN = durationMs(120 * SECOND);

/** So many at once, in the order in which they are due. */
const AT_ONCE = 10;

const keptSchema = z.object({
  /** All events up to this number have been looked at. */
  through: z.int(),
  messages: z.array(
    z.object({ id: z.string(), body: z.string(), tries: z.int(), visibleAt: z.number().transform(epochMs) }),
  ),
});
type Kept = z.infer<typeof keptSchema>;
type Message = Readonly<Kept['messages'][number]>;

const MAX_BYTES = 1024 * 1024;

const requestSchemas = {
  'AmazonSQS.ChangeMessageVisibility': z.object({ ReceiptHandle: z.string(), VisibilityTimeout: z.number() }),
  'AmazonSQS.SendMessage': z.object({
    MessageBody: z.string(),
    MessageAttributes: z.object({ why: z.object({ StringValue: z.string() }) }),
  }),
};

export class WebhookQueue {
  readonly #options: WebhookQueueOptions;
  readonly #messages: Map<string, Message>;
  readonly #underWay = new Map<string, Promise<void>>();
  #deliver: ((event: SQSEvent) => Promise<SQSBatchResponse>) | undefined;
  #through: number;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe = () => {};
  #written: Promise<void> = Promise.resolve();

  private constructor(options: WebhookQueueOptions, { through, messages }: Kept) {
    this.#options = options;
    this.#through = through;
    this.#messages = new Map(messages.map((message) => [message.id, message]));
  }

  /** One that is new begins with what happens from now on. */
  static async open(options: WebhookQueueOptions): Promise<WebhookQueue> {
    const { bus, file, wants, say = () => {} } = options;
    if (wants === undefined) {
      await removeFile(file);
      return new WebhookQueue(options, { through: 0, messages: [] });
    }
    const without = 'what waited for a webhook is told to nobody, and is still in the log of events';
    const kept = await readState({ file, say, without, read: (json) => keptSchema.parse(json) });
    // A number that is not given yet is of another log: no event is to be kept back for it.
    const through = Math.min(bus.last, kept?.through ?? bus.last);
    const queue = new WebhookQueue(options, { through, messages: kept?.messages ?? [] });
    if (kept === undefined) await queue.#write();
    return queue;
  }

  async start(deliver: (event: SQSEvent) => Promise<SQSBatchResponse>): Promise<void> {
    const { bus, wants } = this.#options;
    if (wants === undefined) return;
    this.#deliver = deliver;
    // What happens while the past is read waits for it.
    const waiting: NumberedEvent[] = [];
    let take = (event: NumberedEvent): void => void waiting.push(event);
    this.#unsubscribe = bus.subscribe((event) => take(event));
    for (const event of await bus.since(this.#through)) this.#take(event, wants);
    take = (event) => this.#take(event, wants);
    waiting.forEach(take);
    this.#work();
  }

  /** Resolves once what is under way is done, and written down. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#deliver = undefined;
    clearTimeout(this.#timer);
    await Promise.all(this.#underWay.values());
    await this.#written;
  }

  /** The AWS JSON 1.0 endpoint of both queues. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = String(await readBody(request, MAX_BYTES));
    const target = String(request.headers['x-amz-target']);
    if (target === 'AmazonSQS.ChangeMessageVisibility') {
      const { ReceiptHandle: id, VisibilityTimeout: seconds } = requestSchemas[target].parse(JSON.parse(text));
      const message = this.#messages.get(id);
      const visibleAt = after(this.#options.clock(), durationMs(seconds * SECOND));
      if (message !== undefined) await this.#set({ ...message, visibleAt });
      return sendJson(response, 200, {});
    }
    if (target === 'AmazonSQS.SendMessage') {
      const { MessageBody: body, MessageAttributes } = requestSchemas[target].parse(JSON.parse(text));
      await this.#options.onDeadLetter(parsed(body), MessageAttributes.why.StringValue);
      // The SDK compares it with what it sent.
      const MD5OfMessageBody = createHash('md5').update(body).digest('hex');
      return sendJson(response, 200, { MessageId: randomUUID(), MD5OfMessageBody });
    }
    sendJson(response, 400, { __type: 'InvalidAction', message: `The local queue does not know ${target}.` });
  }

  #take({ number, event }: NumberedEvent, wants: (event: BusEvent) => boolean): void {
    if (number <= this.#through) return;
    this.#through = number;
    if (!wants(event)) return;
    const id = String(number);
    void this.#set({ id, body: JSON.stringify(event), tries: 0, visibleAt: epochMs(0) }).then(() => this.#work());
  }

  /** Hands out what is visible, and comes again when more is. */
  #work(): void {
    const deliver = this.#deliver;
    if (deliver === undefined) return;
    clearTimeout(this.#timer);
    const waiting = [...this.#messages.values()]
      .filter(({ id }) => !this.#underWay.has(id))
      .sort((a, b) => a.visibleAt - b.visibleAt);
    const now = this.#options.clock();
    const due = waiting.filter(({ visibleAt }) => visibleAt <= now).slice(0, AT_ONCE - this.#underWay.size);
    for (const message of due) {
      const working = this.#handOut(message, deliver).finally(() => {
        this.#underWay.delete(message.id);
        this.#work();
      });
      this.#underWay.set(message.id, working);
    }
    const next = waiting[due.length];
    // Whatever is done sooner looks again by itself.
    if (next !== undefined && next.visibleAt > now) this.#timer = setTimeout(() => this.#work(), next.visibleAt - now);
  }

  async #handOut(message: Message, deliver: (event: SQSEvent) => Promise<SQSBatchResponse>): Promise<void> {
    const { triesMax, onDeadLetter, clock } = this.#options;
    const tries = message.tries + 1;
    if (tries > triesMax) {
      await onDeadLetter(parsed(message.body), `tried ${message.tries} times`);
      return this.#drop(message.id);
    }
    await this.#set({ ...message, tries, visibleAt: after(clock(), HIDDEN) });
    const response = await deliver(eventOf(message, tries)).catch(() => undefined);
    if (response?.batchItemFailures.length === 0) await this.#drop(message.id);
  }

  #set(message: Message): Promise<void> {
    this.#messages.set(message.id, message);
    return this.#write();
  }

  #drop(id: string): Promise<void> {
    this.#messages.delete(id);
    return this.#write();
  }

  /** In the order of the calls. What cannot be written is handed out again after a restart, and known by its id. */
  #write(): Promise<void> {
    const write = () => {
      const kept: Kept = { through: this.#through, messages: [...this.#messages.values()] };
      return replaceFile(this.#options.file, JSON.stringify(kept));
    };
    this.#written = this.#written.then(write).catch(() => {});
    return this.#written;
  }
}

const parsed = (body: string): unknown => JSON.parse(body);

const eventOf = ({ id, body }: Message, tries: number): SQSEvent => ({
  Records: [
    {
      messageId: id,
      receiptHandle: id,
      body,
      attributes: {
        ApproximateReceiveCount: String(tries),
        SentTimestamp: '0',
        SenderId: ACCOUNT,
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:curfew-webhooks`,
      awsRegion: REGION,
    },
  ],
});
