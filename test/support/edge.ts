/** The real applications over the ports in memory, called as HTTP API calls them: events in, answers out, no network. */
import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { type HttpHandler, httpHandler } from '../../lib/http/lambda.ts';
import { createOperatorApp } from '../../lib/http/operator-app.ts';
import { createStationApp } from '../../lib/http/station-app.ts';
import { encodeBody, matchRoute } from '../../lib/local/bridge.ts';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memoryRefusals } from '../../lib/memory/refusals.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { memoryStations } from '../../lib/memory/stations.ts';
import { memoryTimers } from '../../lib/memory/timers.ts';
import { memoryTrail } from '../../lib/memory/trail.ts';
import { present } from '../../lib/present.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { createAudit } from '../../lib/service/audit.ts';
import { createKeeper } from '../../lib/service/keeper.ts';
import type { History, Meter, Metric, Panels, Seats } from '../../lib/service/ports.ts';
import type { Seat } from '../../lib/session/seat.ts';
import { shippedDialects } from '../../lib/soap/shipped-dialects.ts';
import { createFairness } from '../../lib/station/fairness.ts';
import { keepRefusals } from '../../lib/station/keep-refusals.ts';
import type { Masters } from '../../lib/station/keys.ts';
import type { Refusals } from '../../lib/station/refusals.ts';
import { createRegistry } from '../../lib/station/registry.ts';
import type { StationEntry, Stations } from '../../lib/station/stations.ts';
import { after, DAY, type EpochMs, fromRfc3339, NEVER } from '../../lib/time.ts';

/** A request as it reaches API Gateway: an address that is still encoded, and bytes. */
export interface Shot {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Let in by the authorizer in front of operators' routes. */
  readonly isOperator?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever came; the test says what it should be
  readonly body: any;
  /** The route that the address is one of. */
  readonly route?: string;
}

type Match = ReturnType<typeof matchRoute>;

/** What one write made of a seat. */
export interface SeatChange {
  readonly before: Seat | undefined;
  readonly after: Seat;
}

const MASTERS: Masters = { current: 'a master secret of more than thirty-two bytes' };
export const SHARDS = 4;

/** What the applications work on. */
export interface EdgePorts {
  readonly seats: Seats;
  readonly panels: Panels;
  readonly stations: Stations;
  readonly history: History;
  readonly refusals?: Refusals;
}

/**
 * @param realms the realms file, or its `realms` alone
 * @param ports where it is not to be in memory
 */
export function createEdge(realms: object, ports?: EdgePorts) {
  const read = readRealms(JSON.stringify('realms' in realms ? realms : { realms }));
  if (read.errors.length > 0) throw new Error(read.errors.map(({ message }) => message).join('; '));
  const now: EpochMs = fromRfc3339('2026-11-23T08:00:00Z') ?? NEVER;
  const edge = {
    now,
    complaints: [] as string[],
    writes: 0,
    changes: undefined as SeatChange[] | undefined,
    /** How often each was counted. */
    metrics: new Map<Metric, number>(),
    /** What keys derive from, as it is fetched; a test may have it fail, or change. */
    master: async (): Promise<Masters> => MASTERS,
  };

  const clock = () => edge.now;
  const complain = (message: string, error: unknown) => {
    edge.complaints.push(`${message}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };
  /** Every method that is not known to read counts as a write, unless it says that it did nothing. */
  const counted = <Port extends object>(
    port: Port,
    reads: readonly string[],
    isNothing = (_: unknown) => false,
  ): Port => {
    const methods = Object.entries(port).map(([name, work]) => {
      if (reads.includes(name)) return [name, work];
      return [
        name,
        async (...args: unknown[]) => {
          const answer: unknown = await work(...args);
          if (!saysNothingDone(answer) && !isNothing(answer)) edge.writes++;
          return answer;
        },
      ];
    });
    return Object.fromEntries(methods);
  };
  const freshSeats = () =>
    counted(watched(ports?.seats ?? memorySeats({ shards: SHARDS })), [
      'read',
      'readMany',
      'ofUser',
      'due',
      'countOpen',
    ]);
  const watched = (seats: Seats): Seats => ({
    ...seats,
    write: async (key, attempt) => {
      // Written down for whoever has asked for it: reading costs as much as writing does.
      const { changes } = edge;
      const before = changes && (await seats.read(key));
      const written = await seats.write(key, attempt);
      if (written.won) changes?.push({ before, after: written.seat });
      return written;
    },
  });
  const freshPanels = () => counted(ports?.panels ?? memoryPanels(), ['read']);
  const freshStations = () =>
    counted(ports?.stations ?? memoryStations(), ['read', 'list'], (answer) => answer === undefined);
  const freshTimers = () => memoryTimers();
  let tables = { seats: freshSeats(), panels: freshPanels(), stations: freshStations(), timers: freshTimers() };
  const seats = behind(() => tables.seats);
  const panels = behind(() => tables.panels);
  const stations = behind(() => tables.stations);
  // Armed timers are no state that a request may be answered by: they are not counted.
  const timers = behind(() => tables.timers);
  const history = ports?.history ?? memoryHistory();
  const trail = memoryTrail();
  const meter: Meter = {
    add: (metric) => {
      edge.metrics.set(metric, (edge.metrics.get(metric) ?? 0) + 1);
    },
  };

  const refusals: Refusals = ports?.refusals ?? memoryRefusals();
  const registry = createRegistry(stations);
  const keeper = createKeeper({ seats, panels, history, timers, meter, clock }, { shards: SHARDS });
  const common = { keeper, realms: read.realms, master: () => edge.master(), meter, clock, complain };
  const station = httpHandler(
    createStationApp({
      ...common,
      registry,
      fairness: createFairness(),
      dialects: read.dialects,
      observe: () => {},
      // However busy the machine is, what is kept in memory is in time.
      refused: keepRefusals({ ...common, refusals, registry, stations, dialects: read.dialects, withinMs: 60_000 }),
    }),
    complain,
  );
  const operator = httpHandler(
    createOperatorApp({
      version: '1.2.3+test',
      ...common,
      seats,
      panels,
      history,
      stations,
      refusals,
      shards: SHARDS,
      shardsEver: SHARDS,
      dialects: new Set([...shippedDialects(), ...read.dialects.keys()]),
      audit: createAudit({ ...common, trail, keptFor: DAY, log: () => {}, newId: randomUUID }),
      trail,
      trailKeptFor: DAY,
    }),
    complain,
  );

  const call = async (shot: Shot): Promise<Reply> => {
    const match = matchRoute(shot.method, shot.url.split('?')[0] ?? '');
    const event = eventOf(shot, match, edge.now);
    const result = await handlerOf(event, match)(event, {} as Context);
    const text = result.isBase64Encoded ? Buffer.from(result.body ?? '', 'base64').toString() : (result.body ?? '');
    const headers = Object.fromEntries(
      Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const status = result.statusCode ?? 200;
    // Most bodies are never looked at.
    return {
      status,
      headers,
      text,
      ...present({ route: match?.routeKey }),
      get body() {
        return parsed(text);
      },
    };
  };
  const handlerOf = ({ rawPath }: APIGatewayProxyEventV2, match: Match): HttpHandler =>
    match?.caller === 'station' || (match === undefined && rawPath.startsWith('/v1/stations')) ? station : operator;
  const ask = (method: string, url: string, body?: object): Promise<Reply> =>
    call({
      method,
      url,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      isOperator: true,
    });

  return Object.assign(edge, {
    call,
    /** As an operator. */
    ask,
    /** As a station that brings its key as a bearer does. */
    say: (from: { id: string; key: string }, what: string, body: object | string = {}, type = 'application/json') =>
      call({
        method: 'POST',
        url: `/v1/stations/${from.id}/${what}`,
        headers: { authorization: `Bearer ${from.key}`, 'content-type': type },
        body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      }),
    later: (ms: number) => {
      edge.now = after(edge.now, ms as Parameters<typeof after>[1]);
    },
    register: async (id: string, entry: Omit<Partial<StationEntry>, 'id'>): Promise<{ id: string; key: string }> => {
      const put = await ask('PUT', `/v1/stations/${id}`, entry);
      if (put.status > 201) throw new Error(`station ${id} is not registered: ${put.text}`);
      const { body } = await ask('POST', `/v1/stations/${id}/key`);
      return { id, key: String(body.key) };
    },
    /** As if the tables were new; the applications keep what they remember. */
    empty: () => {
      tables = { seats: freshSeats(), panels: freshPanels(), stations: freshStations(), timers: freshTimers() };
    },
  });
}

export type Edge = ReturnType<typeof createEdge>;

/** A lost race, a station that is not there. */
const saysNothingDone = (answer: unknown): boolean =>
  answer === false || (typeof answer === 'object' && answer !== null && 'won' in answer && answer.won === false);

/** The same port whatever is behind it at the moment. */
function behind<Port extends object>(current: () => Port): Port {
  return new Proxy({} as Port, { get: (_, name) => Reflect.get(current(), name) });
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** As HTTP API makes it: a decoded path, names of headers in lower case, text as it is and everything else as base64. */
function eventOf({ method, url, headers, body, isOperator }: Shot, match: Match, now: EpochMs): APIGatewayProxyEventV2 {
  const [path = '', rawQueryString = ''] = url.split(/\?(.*)/s);
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const http = { method, path: decoded(path), protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' };
  const authorizer = { iam: { userArn: 'arn:aws:iam::000000000000:user/olga' } };
  return {
    version: '2.0',
    routeKey: match?.routeKey ?? '$default',
    ...(match === undefined ? {} : { pathParameters: match.pathParameters }),
    rawPath: decoded(path),
    rawQueryString,
    headers: { host: 'curfew.example', ...lower },
    requestContext: {
      http,
      domainName: 'curfew.example',
      timeEpoch: now,
      ...(isOperator === true ? { authorizer } : {}),
    },
    ...encodeBody(body, lower['content-type']),
  } as unknown as APIGatewayProxyEventV2;
}
