/**
 * Curfew: the function that hears stations, bundled as it is deployed and called as HTTP API calls it, with all that it
 * does: it parses, checks the key, decides, counts and logs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { dynamoClient } from '../../lib/aws/clients.ts';
import type { HttpHandler } from '../../lib/http/lambda.ts';
import { mastersIn, stationKey } from '../../lib/station/keys.ts';
import { SHARDS_DEFAULT } from '../../lib/table.ts';
import { createTableWithoutStream, putAll, type Reach } from '../engine.ts';
import { holderAt, type Panel, panelAt, REALMS_JSON, seatDigits, userAt } from '../seats.ts';
import { bundle } from './bundle.ts';
import { expectThat, type Peer } from './peer.ts';

export const TABLE = 'curfew';
const PANELS: readonly Panel[] = ['a', 'b', 'c'];
const NAME = 'Curfew';
const MASTER = 'a master secret of more than thirty-two bytes';

export interface StationFunction {
  /** What the first key of this station says at it; any that is registered in the table. */
  say(station: string, event: string, body?: object): Promise<Said>;
}

export interface Said {
  readonly status: number;
  /** Of what the API answers, what is measured with. */
  readonly body: {
    readonly session?: string;
    readonly heardAt?: string;
    readonly holders?: readonly { readonly freeAt: string }[];
  };
}

export interface StationFunctions {
  /**
   * A container of its own: module, memory and connections. It finds its services when it first needs them, so the first
   * delivery, a login, is `first`.
   */
  start(reach: Reach, first: (container: StationFunction) => Promise<void>): Promise<StationFunction>;
  close(): void;
}

/** @param realmsJson the realms file */
export async function bundleStationFunction(
  realmsJson = REALMS_JSON,
  { minify = true } = {},
): Promise<StationFunctions> {
  const directory = mkdtempSync(join(tmpdir(), 'curfew-bench-function-'));
  const file = join(directory, 'on-station-event.mjs');
  await bundle('on-station-event', file, { minify });
  let containers = 0;
  return {
    start: async ({ dynamodb, scheduler }, first) => {
      Object.assign(process.env, {
        CURFEW_TABLE: TABLE,
        CURFEW_SHARDS: String(SHARDS_DEFAULT),
        CURFEW_METRICS: 'Curfew/bench',
        CURFEW_VERSION: 'bench',
        CURFEW_REALMS_JSON: realmsJson,
        CURFEW_TIMER_GROUP: 'default',
        CURFEW_SWEEP_ARN: 'arn:aws:lambda:us-east-1:000000000000:function:sweep',
        CURFEW_TIMER_ROLE_ARN: 'arn:aws:iam::000000000000:role/timers',
        CURFEW_TIMER_DLQ_ARN: 'arn:aws:sqs:us-east-1:000000000000:dead',
        CURFEW_MASTER_KEY: MASTER,
        AWS_REGION: dynamodb.region,
        AWS_ACCESS_KEY_ID: dynamodb.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: dynamodb.credentials.secretAccessKey,
        AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
        AWS_ENDPOINT_URL_SCHEDULER: scheduler.endpoint,
        AWS_LAMBDA_LOG_LEVEL: 'INFO',
      });
      const { handler } = (await import(`${pathToFileURL(file)}?${containers++}`)) as { handler: HttpHandler };
      const container: StationFunction = { say: (station, event, body) => say(handler, station, event, body) };
      await first(container);
      return container;
    },
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

const masters = mastersIn(MASTER);
const keys = new Map<string, string>();

function firstKeyOf(station: string): string {
  const known = keys.get(station);
  if (known !== undefined) return known;
  const key = stationKey(masters, { id: station, proof: 'bearer', keyGeneration: 1 });
  keys.set(station, key);
  return key;
}

async function say(handler: HttpHandler, station: string, event: string, body: object = {}): Promise<Said> {
  const result = await handler(httpApiEvent(station, event, JSON.stringify(body)), {} as Context);
  return { status: result.statusCode ?? 200, body: JSON.parse(result.body ?? '{}') };
}

/** As HTTP API hands it on, with the headers that it adds. */
function httpApiEvent(station: string, event: string, body: string): APIGatewayProxyEventV2 {
  const path = `/v1/stations/${station}/${event}`;
  const http = { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'panel/1.0' };
  return {
    version: '2.0',
    routeKey: 'POST /v1/stations/{station}/{event}',
    rawPath: path,
    rawQueryString: '',
    pathParameters: { station, event },
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${firstKeyOf(station)}`,
      'content-length': String(Buffer.byteLength(body)),
      'content-type': 'application/json',
      host: 'curfew.example',
      'user-agent': 'panel/1.0',
      'x-amzn-trace-id': 'Root=1-65f0f0f0-0123456789abcdef01234567',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    requestContext: {
      accountId: '000000000000',
      apiId: 'bench',
      domainName: 'curfew.example',
      domainPrefix: 'curfew',
      http,
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: 'POST /v1/stations/{station}/{event}',
      stage: '$default',
      time: '22/Nov/2026:14:23:10 +0000',
      timeEpoch: 1_795_357_390_000,
    },
    body,
    isBase64Encoded: false,
  };
}

/** @param functions bundled once for all peers of a run; the peer starts a container of its own when it is first prepared */
export function curfewPeer(
  reach: Reach,
  functions: StationFunctions,
  createTable: (client: DynamoDBClient, name: string) => Promise<void> = createTableWithoutStream,
): Peer {
  const client = dynamoClient({ ...reach.dynamodb });
  const sessions = new Map<number, string>();
  let container: StationFunction | undefined;

  const at = (seat: number, panel: Panel, event: string, body: object): Promise<Said> => {
    if (container === undefined) throw new Error(`${NAME}: there is no container`);
    return container.say(panelAt(seatDigits(seat), panel), event, body);
  };
  const expectStatus = ({ status, body }: Said, wanted: number) =>
    expectThat(status === wanted, NAME, `${status} ${JSON.stringify(body)}`);
  /** A container that has been at work for a while knows its stations. What is no event is refused once its sender is known. */
  const meet = async (seat: number, panel: Panel) => expectStatus(await at(seat, panel, 'hello', {}), 400);
  const speak = (event: string) => async (seat: number) => {
    const said = await at(seat, 'a', event, { session: sessions.get(seat) });
    expectStatus(said, 200);
  };

  return {
    name: NAME,
    prepare: async (seats, likeness) => {
      await createTable(client, TABLE);
      // One more than will be used, for the container's first.
      const items = Array.from({ length: seats + 1 }, (_, seat) => likeness.items(seat)).flat();
      await putAll(client, TABLE, items);
      container ??= await functions.start(reach, async (started) => {
        const digits = seatDigits(seats);
        expectStatus(await started.say(panelAt(digits, 'a'), 'login', { user: userAt(digits) }), 201);
      });
      for (let seat = 0; seat < seats; seat++) await Promise.all(PANELS.map((panel) => meet(seat, panel)));
    },
    operations: {
      login: async (seat) => {
        const said = await at(seat, 'a', 'login', { user: userAt(seatDigits(seat)) });
        expectStatus(said, 201);
        sessions.set(seat, said.body.session ?? '');
      },
      ping: speak('ping'),
      logout: speak('logout'),
      'refused login': async (seat) =>
        expectStatus(await at(seat, 'c', 'login', { user: holderAt(seatDigits(seat)) }), 409),
      'take-over': async (seat) =>
        expectStatus(await at(seat, 'c', 'login', { user: holderAt(seatDigits(seat)), takeOver: true }), 201),
    },
    close: () => client.destroy(),
  };
}
