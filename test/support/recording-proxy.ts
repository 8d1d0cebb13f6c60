/**
 * Stands between the SDK and a service, and writes down each request: what was asked, when it came and when it was
 * answered, and, of DynamoDB, what it cost as the engine reports it. The code under test knows nothing of it.
 */
import { type IncomingMessage, request as send } from 'node:http';
import { type LoopbackServer, listen, readBody } from '../../lib/local/loopback.ts';
import { present } from '../../lib/present.ts';

export interface Recorded {
  /** `UpdateItem`, or method and path where the protocol names no operation. */
  readonly operation: string;
  /** Of DynamoDB, where one item is asked for by its key: how its sort key begins, `seat`, `panel`, `refused`. */
  readonly item?: string;
  /** The body of the request, as it came. */
  readonly asked: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

export interface RecordingProxy {
  readonly url: string;
  /** What has passed since this was last called. */
  take(): Recorded[];
  /** `cut`: connections break at once; `silent`: nobody ever answers. */
  fault: 'cut' | 'silent' | undefined;
  close(): Promise<void>;
}

const BODY_MAX = 4 * 1024 * 1024;

export interface RecordingProxyOptions {
  /** Each write to DynamoDB goes on twice, and the second answer comes back: the first was lost, and the SDK has tried again. */
  readonly doublesWrites?: boolean;
}

export async function startRecordingProxy(
  target: string,
  { doublesWrites = false }: RecordingProxyOptions = {},
): Promise<RecordingProxy> {
  let recorded: Recorded[] = [];
  const known = new Set<string>();
  let server: LoopbackServer | undefined;
  const proxy: RecordingProxy = {
    get url() {
      return server?.url ?? '';
    },
    take: () => recorded.splice(0),
    fault: undefined,
    close: async () => server?.close(),
  };
  recorded = [];
  server = await listen(0, async (request, response) => {
    if (proxy.fault === 'cut') return void request.socket.destroy();
    if (proxy.fault === 'silent') return;
    const startedAt = performance.now();
    const asked = await readBody(request, BODY_MAX);
    const operation = operationOf(request);
    const body = asked !== undefined && asksDynamoDB(request) ? withCost(asked) : asked;
    if (doublesWrites && WRITES.test(operation)) await forward(target, request, body ?? Buffer.alloc(0));
    const answer = await forward(target, request, body ?? Buffer.alloc(0));
    const item = /"sk":\{"S":"(\w+)/.exec(String(body ?? ''))?.[1];
    const took = {
      operation,
      ...present({ item }),
      asked: String(asked ?? ''),
      startedAt,
      endedAt: performance.now(),
      ...costOf(operation, answer.body),
    };
    if (!isTriedAgain(request, known)) recorded.push(took);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  return proxy;
}

const targetHeader = (request: IncomingMessage): string => String(request.headers['x-amz-target'] ?? '');
const asksDynamoDB = (request: IncomingMessage): boolean => targetHeader(request).startsWith('DynamoDB_');
const operationOf = (request: IncomingMessage): string =>
  targetHeader(request).split('.')[1] ?? `${request.method} ${request.url}`;

const withCost = (body: Buffer): Buffer =>
  Buffer.from(JSON.stringify({ ...JSON.parse(body.toString('utf8')), ReturnConsumedCapacity: 'INDEXES' }));

/**
 * The SDK asks again what was not answered in a second: that is this machine's business, and not the code's. Whichever try
 * is answered first stands for all: the first one of all may never be, or long after whoever counts has looked.
 */
function isTriedAgain({ headers }: IncomingMessage, known: Set<string>): boolean {
  const id = headers['amz-sdk-invocation-id'];
  if (id === undefined) return false;
  const isAgain = known.has(String(id));
  known.add(String(id));
  return isAgain;
}

const READS = /^(Get|BatchGet|Query|Scan)/;
const WRITES = /^(Update|Put|Delete|BatchWrite)Item$/;

/** A refused write reports no cost; DynamoDB charges it like one that was done. */
function costOf(operation: string, body: Buffer): { writeUnits: number; readUnits: number } {
  const { ConsumedCapacity = [] } = (body.includes('ConsumedCapacity') ? JSON.parse(body.toString('utf8')) : {}) as {
    ConsumedCapacity?: { CapacityUnits?: number } | { CapacityUnits?: number }[];
  };
  const units = [ConsumedCapacity].flat().reduce((total, { CapacityUnits = 0 }) => total + CapacityUnits, 0);
  return READS.test(operation) ? { writeUnits: 0, readUnits: units } : { writeUnits: units, readUnits: 0 };
}

interface Forwarded {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function forward(target: string, from: IncomingMessage, body: Buffer): Promise<Forwarded> {
  const { host: _, 'content-length': __, connection: ___, ...headers } = from.headers;
  return new Promise((resolve, reject) => {
    const onward = send(`${target}${from.url}`, { method: from.method ?? 'POST', headers }, async (answer) => {
      const bytes = (await readBody(answer, BODY_MAX)) ?? Buffer.alloc(0);
      const kept = Object.entries(answer.headers).filter(
        ([name]) => name === 'content-type' || name.startsWith('x-amz'),
      );
      resolve({
        status: answer.statusCode ?? 502,
        headers: Object.fromEntries(kept) as Record<string, string>,
        body: bytes,
      });
    });
    onward.on('error', reject);
    onward.end(body);
  });
}
