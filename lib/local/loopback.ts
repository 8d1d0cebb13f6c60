/** HTTP on 127.0.0.1 that answers programs of this machine, and no web page of another origin that a browser shows. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf, StartupError } from './startup-error.ts';

export interface LoopbackServer {
  readonly port: number;
  readonly url: string;
  /** Takes no new request; resolves once the running ones are answered or `graceMs` has passed. */
  close(graceMs?: number): Promise<void>;
}

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Port 0 is any free one. A listener that throws answers 500. */
export async function listen(port: number, listener: RequestListener): Promise<LoopbackServer> {
  let names: readonly string[] = [];
  const answering = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    answering.add(response);
    response.once('close', () => answering.delete(response));
    if (!isOurOwn(request, names)) return sendJson(response, 403, { message: 'Forbidden' });
    listener(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { message: 'Internal Server Error' });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refusal(port, error)));
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  names = ownNames(address.port);

  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
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

function refusal(port: number, error: Error): StartupError {
  return reasonOf(error) === 'EADDRINUSE'
    ? new StartupError(`Port ${port} is taken; stop what listens there or choose another with --port.`)
    : new StartupError(`Cannot listen on port ${port} (${reasonOf(error)}); choose another with --port.`);
}

/** What a client calls this port in `Host`: a browser leaves out the port that is HTTP's own. */
export const ownNames = (port: number): string[] =>
  ['127.0.0.1', 'localhost', '[::1]'].flatMap((host) => [`${host}:${port}`, ...(port === 80 ? [host] : [])]);

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
