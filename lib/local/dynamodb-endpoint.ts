/**
 * What stands before the engine: passes everything on as it came, and has each change of a seat written down
 * (lib/local/changes.ts). Of one item there is one write at a time; of the rest the engine sees what it would see anyway.
 */
import { Agent, request as ask, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { present } from '../present.ts';
import { type DurationMs, durationMs, SECOND } from '../time.ts';
import { type Asked, type Changes, type Image, keyIn } from './changes.ts';
import { type RequestListener, readBody, sendJson } from './loopback.ts';

export interface DynamoDBEndpointOptions {
  /** Where the engine is. */
  readonly engine: string;
  readonly table: string;
  readonly changes: Pick<Changes, 'ask' | 'settle' | 'unsettled'>;
  /** Of which items the changes are written down. */
  readonly watches: (key: Image) => boolean;
}

export interface DynamoDBEndpoint {
  readonly listener: RequestListener;
  /** Looks what became of the writes that an earlier run asked for. Nothing may be written before it has resolved. */
  reconcile(): Promise<void>;
  /** What is still not settled is left to the next run. */
  stop(): void;
}

/** More than any request of DynamoDB's may have. */
const BODY_MAX = 20 * 1024 * 1024;

/** How long the engine may take; whoever asked has given up long before. */
const ENGINE_MAX: DurationMs = durationMs(10 * SECOND);

/** As many as are in use at once on a large campus: some 10 MB. */
const KNOWN_MAX = 10_000;

const LOOK_AGAIN_AFTER: DurationMs = durationMs(SECOND / 10);

const TARGET = 'DynamoDB_20120810.';

type Keyed = Readonly<Record<string, Image | undefined>>;
interface Body {
  readonly TableName?: string;
  readonly Item?: Image;
  readonly Key?: Image;
  readonly ReturnValues?: string;
  readonly RequestItems?: Readonly<Record<string, readonly Readonly<Record<string, Keyed>>[]>>;
  readonly TransactItems?: readonly Readonly<Record<string, Keyed & { readonly TableName?: string }>>[];
}

/** Which items of the table a request may change. */
const WRITES: Readonly<Record<string, (body: Body, table: string) => readonly (Image | undefined)[]>> = {
  PutItem: ({ TableName, Item }, table) => (TableName === table ? [Item] : []),
  UpdateItem: ({ TableName, Key }, table) => (TableName === table ? [Key] : []),
  DeleteItem: ({ TableName, Key }, table) => (TableName === table ? [Key] : []),
  BatchWriteItem: ({ RequestItems }, table) =>
    (RequestItems?.[table] ?? []).flatMap((one) => Object.values(one).map(({ Item, Key }) => Item ?? Key)),
  TransactWriteItems: ({ TransactItems = [] }, table) =>
    TransactItems.flatMap((one) => Object.values(one))
      .filter(({ TableName }) => (TableName as unknown) === table)
      .map(({ Item, Key }) => Item ?? Key),
};

/** Their statements would have to be read to know what they change. */
const REFUSED = new Set(['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction']);

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export function dynamodbEndpoint({ engine, table, changes, watches }: DynamoDBEndpointOptions): DynamoDBEndpoint {
  const agent = new Agent({ keepAlive: true });
  const turns = new Map<string, Promise<void>>();
  /** What was written last is what is there: nobody writes but through here. Oldest first. */
  const known = new Map<string, Image | undefined>();
  const stopping = new AbortController();

  return { listener: serve, reconcile, stop };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, BODY_MAX);
    const operation = String(request.headers['x-amz-target'] ?? '').replace(TARGET, '');
    if (body === undefined || REFUSED.has(operation)) {
      return sendJson(response, 400, { __type: 'ValidationException', message: `Not here: ${operation}` });
    }
    const keys = keysOf(operation, body);
    if (keys.length === 0) return send(response, await pass(request.headers, body));
    await inTurn(keys.map(nameOf).sort(), async () => {
      // It has waited for its turn: whoever gave up meanwhile asks again.
      if (response.destroyed) return;
      const answer = await write(operation, request.headers, body, keys);
      if (answer === undefined) throw new Error('nobody knows yet what became of it');
      send(response, answer);
    });
  }

  function keysOf(operation: string, body: Buffer): readonly Image[] {
    const itemsOf = WRITES[operation];
    if (itemsOf === undefined) return [];
    const items = itemsOf(JSON.parse(String(body)) as Body, table).filter((item) => item !== undefined);
    return items.map(keyIn).filter(watches);
  }

  /** `undefined` where the engine gave no answer; then, too, it is known what became of the items. */
  async function write(operation: string, headers: IncomingHttpHeaders, body: Buffer, keys: readonly Image[]) {
    const asked = await changes.ask(
      await Promise.all(keys.map(async (key) => ({ key, ...present({ old: await itemBefore(key) }) }))),
    );
    const answer = await pass(headers, body).catch(() => undefined);
    await Promise.all(asked.map((one) => settle(one, () => itemAfter(one, operation, body, answer))));
    return answer;
  }

  /** Known no more, until it is settled what it has become. */
  async function itemBefore(key: Image): Promise<Image | undefined> {
    const name = nameOf(key);
    if (!known.has(name)) return read(key);
    const item = known.get(name);
    known.delete(name);
    return item;
  }

  function remember(key: Image, item: Image | undefined): void {
    known.set(nameOf(key), item);
    const [oldest] = known.keys();
    if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
  }

  /** A refusal changes nothing; an update may say in its answer what it made. */
  async function itemAfter({ key, old }: Asked, operation: string, body: Buffer, answer: Answer | undefined) {
    if (answer !== undefined && answer.status >= 400 && answer.status < 500) return old;
    if (
      operation === 'UpdateItem' &&
      answer?.status === 200 &&
      (JSON.parse(String(body)) as Body).ReturnValues === 'ALL_NEW'
    ) {
      return (JSON.parse(String(answer.body)) as { Attributes?: Image }).Attributes;
    }
    return read(key);
  }

  /** Until it is written down: the engine may be on its way up again, and the disk full for a while. */
  async function settle(asked: Asked, look: () => Promise<Image | undefined>): Promise<void> {
    for (;;) {
      try {
        const now = await look();
        await changes.settle(asked, now);
        return remember(asked.key, now);
      } catch (error) {
        if (stopping.signal.aborted) throw error;
        await sleep(LOOK_AGAIN_AFTER, undefined, { signal: stopping.signal });
      }
    }
  }

  async function reconcile(): Promise<void> {
    for (const asked of changes.unsettled) await changes.settle(asked, await read(asked.key));
  }

  async function read(key: Image): Promise<Image | undefined> {
    const body = Buffer.from(JSON.stringify({ TableName: table, Key: key, ConsistentRead: true }));
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `${TARGET}GetItem`,
      ...UNSIGNED,
    };
    const answer = await pass(headers, body);
    if (answer.status !== 200) throw new Error(`the engine answered ${answer.status}: ${answer.body}`);
    return (JSON.parse(String(answer.body)) as { Item?: Image }).Item;
  }

  function pass(headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { connection: _, 'transfer-encoding': __, ...rest } = headers;
      const asking = ask(engine, {
        method: 'POST',
        agent,
        timeout: ENGINE_MAX,
        headers: { ...rest, 'content-length': body.length },
      });
      asking.once('timeout', () => asking.destroy(new Error('the engine does not answer')));
      asking.once('error', reject);
      asking.once('response', (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      });
      asking.end(body);
    });
  }

  /** After everybody who came before for any of these names. */
  async function inTurn(names: readonly string[], work: () => Promise<void>): Promise<void> {
    const before = Promise.all(names.map((name) => turns.get(name)));
    const done = before.then(work);
    const turn = done.catch(() => {});
    for (const name of names) turns.set(name, turn);
    await done.finally(() => {
      for (const name of names) if (turns.get(name) === turn) turns.delete(name);
    });
  }

  function stop(): void {
    stopping.abort();
    agent.destroy();
  }
}

/** The engine verifies no signature, but asks for one. */
const UNSIGNED = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20260101T000000Z',
};

const nameOf = (key: Image): string => JSON.stringify(key);

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const { connection: _, 'transfer-encoding': __, 'keep-alive': ___, ...rest } = headers;
  response.writeHead(status, { ...rest, 'content-length': body.length }).end(body);
}
