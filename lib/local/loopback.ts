/**
 * HTTP on 127.0.0.1, unless told otherwise, that answers programs, and no web page of another origin that a browser shows.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP, isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf, StartupError } from './startup-error.ts';

export interface LoopbackServer {
  readonly port: number;
  readonly url: string;
  /** Takes no new request; resolves once the running ones are answered or `graceMs` has passed. */
  close(graceMs?: number): Promise<void>;
}

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export const LOOPBACK = '127.0.0.1';

/**
 * What a browser is told of every answer, should it be shown one: it is no page, of no other site, and nothing to keep.
 * An answer may say otherwise of itself.
 */
const HEADERS = new Headers({
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
});

/** HTTP API's own limit, of the request's line and its headers together. */
const HEADERS_BYTES_MAX = 10_240;

/** Whoever comes by ever new names does not fill a terminal. */
const FOREIGN_MAX = 10;

/**
 * Port 0 is any free one. A listener that throws answers 500.
 *
 * @param onForeignName told, once of each of the first few, by which name somebody came who was refused for it, where others
 *   than this machine can come
 * @param host an address of this machine, or `0.0.0.0` or `::` for all of them; whatever is not loopback, others can reach
 */
export async function listen(
  port: number,
  listener: RequestListener,
  host = LOOPBACK,
  onForeignName: (name: string) => void = () => {},
): Promise<LoopbackServer> {
  let names: readonly string[] = [];
  const foreign = new Set<string>();
  const sayForeign = (name: string) => {
    if (isLoopback(host) || names.includes(name) || foreign.has(name) || foreign.size >= FOREIGN_MAX) return;
    foreign.add(name);
    onForeignName(name);
  };
  const answering = new Set<ServerResponse>();
  const server = createServer({ maxHeaderSize: HEADERS_BYTES_MAX }, (request, response) => {
    answering.add(response);
    response.once('close', () => answering.delete(response));
    response.setHeaders(HEADERS);
    if (!isOurOwn(request, names)) {
      sayForeign(request.headers.host?.toLowerCase() ?? '');
      return sendJson(response, 403, { message: 'Forbidden' });
    }
    listener(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { message: 'Internal Server Error' });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refusal(port, host, error)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  names = ownNames(address.port, host);

  return {
    port: address.port,
    url: `http://${inUrl(isWildcard(host) ? LOOPBACK : host)}:${address.port}`,
    close: async (graceMs = 0) => {
      const closed = new Promise((resolve) => server.close(resolve));
      const answered = Promise.all([...answering].map((response) => once(response, 'close')));
      await Promise.race([answered, sleep(graceMs, undefined, { ref: false })]);
      // What is left is of clients that keep a connection for later, or never asked anything on it.
      server.closeAllConnections();
      await closed;
    },
  };
}

function refusal(port: number, host: string, error: Error): StartupError {
  const reason = reasonOf(error);
  if (reason === 'EADDRNOTAVAIL' || reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') {
    return new StartupError(`${host} is no address of this machine; choose another with --host.`);
  }
  return reason === 'EADDRINUSE'
    ? new StartupError(`Port ${port} is taken; stop what listens there or choose another with --port.`)
    : new StartupError(`Cannot listen on port ${port} (${reason}); choose another with --port.`);
}

/** What a client calls this port in `Host`: a browser leaves out the port that is HTTP's own. */
export const ownNames = (port: number, host = LOOPBACK): string[] =>
  hostsAt(host).flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]);

/** By which names whoever listens there is reached. */
function hostsAt(host: string): string[] {
  const loopback = ['127.0.0.1', 'localhost', '[::1]'];
  if (isLoopback(host)) return [...new Set([...loopback, inUrl(host)])];
  if (!isWildcard(host)) return [inUrl(host).toLowerCase()];
  const addresses = Object.values(networkInterfaces()).flatMap((found = []) =>
    found.map(({ address }) => inUrl(address)),
  );
  return [...new Set([...loopback, hostname().toLowerCase(), ...addresses])];
}

/** Whether nobody but this machine reaches it. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

const inUrl = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** A foreign `Host` is DNS rebinding, a foreign `Origin` a web page that posts across sites. */
function isOurOwn(request: IncomingMessage, names: readonly string[]): boolean {
  const { host, origin } = request.headers;
  if (host === undefined || !names.includes(host.toLowerCase())) return false;
  return origin === undefined || names.some((name) => origin === `http://${name}`);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** `undefined` when the body is longer than `bytesMax`; what remains of it is then read and dropped. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= bytesMax) chunks.push(chunk);
  }
  return size > bytesMax ? undefined : Buffer.concat(chunks);
}
