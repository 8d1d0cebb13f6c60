/** An AWS endpoint for tests: keeps what it is asked, and answers as the test says. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

export interface Asked {
  readonly method: string;
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the request says
  readonly body: any;
}

export interface Answer {
  readonly status?: number;
  /** The service's name for the error. */
  readonly error?: string;
  readonly body?: object;
}

export interface TestEndpoint {
  /** What an SDK client is made with. Only inside tests and hooks. */
  readonly config: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  asked: Asked[];
  /** How the next requests are answered; never, if it answers `undefined`. */
  answer: (asked: Asked) => Answer | undefined;
}

export function useEndpoint(): TestEndpoint {
  let server: Server | undefined;
  const endpoint: TestEndpoint = {
    asked: [],
    answer: () => ({}),
    get config() {
      const address = server?.address() as AddressInfo | undefined;
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      return { endpoint: `http://127.0.0.1:${address?.port}`, region: 'us-east-1', credentials };
    },
  };
  beforeAll(async () => {
    const listening = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const asked = { method: request.method ?? '', path: request.url ?? '', body: JSON.parse(text) };
      endpoint.asked.push(asked);
      const answer = endpoint.answer(asked);
      if (answer === undefined) return;
      const { status = answer.error === undefined ? 200 : 400, error, body = {} } = answer;
      // A test has a date of its own, and a client corrects its clock by the date of an answer.
      response.sendDate = false;
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
      });
      response.end(
        JSON.stringify(error === undefined ? body : { __type: error, message: 'as the test says', ...body }),
      );
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    endpoint.asked = [];
    endpoint.answer = () => ({});
  });
  afterAll(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  });
  return endpoint;
}
