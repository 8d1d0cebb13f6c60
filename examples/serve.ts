/** What speaks `fetch` behind `node:http`, on loopback only. Frameworks bring this along; it is here to spare a dependency. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

export interface Served {
  readonly url: string;
  /** Whoever is connected is cut off. */
  close(): void;
}

/** Port 0 is any free one. */
export async function serve(
  application: { fetch(request: Request): Response | Promise<Response> },
  port: number,
): Promise<Served> {
  const server = createServer(async (incoming, outgoing) => {
    const response = await application.fetch(requestOf(incoming));
    outgoing.statusCode = response.status;
    outgoing.setHeaders(response.headers);
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error) => {
    throw error.code === 'EADDRINUSE' ? new Error(`Port ${port} is taken; choose another with --port.`) : error;
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function requestOf(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', headers } = incoming;
  const given = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(`http://${headers.host ?? '127.0.0.1'}${url}`, {
    method,
    headers: given,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: 'half' } : {}),
  });
}
