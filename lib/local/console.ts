/**
 * The page at `/` that stands in for a CloudWatch dashboard: it shows what the console's functions answer, and makes
 * buttons of `cwdb-action` as CloudWatch does. The page itself is for anyone; what it shows is for whoever has the key.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { STYLE } from '../console/style.ts';
import { checkOperator, sendForbidden } from './bridge.ts';
import { functionArn, type Lambda } from './lambda.ts';
import { type RequestListener, readBody, sendJson } from './loopback.ts';

/** A cursor, a handle and a form are a few kilobytes. */
const BODY_MAX = 64 * 1024;

/** No script but the page's own file, no style but its own and the widget's, and nobody else's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const file = (name: string, type: string) => ({
  type,
  text: readFileSync(new URL(`./console/${name}`, import.meta.url), 'utf8').replaceAll(
    '{{widget}}',
    functionArn('consoleWidget'),
  ),
});
const FILES: Readonly<Record<string, ReturnType<typeof file>>> = {
  '/': file('page.html', 'text/html; charset=utf-8'),
  '/local/console.js': file('page.js', 'text/javascript; charset=utf-8'),
  '/local/console.css': file('page.css', 'text/css; charset=utf-8'),
};

export interface ConsoleOptions {
  readonly lambda: Pick<Lambda, 'consoleWidget' | 'consoleEnd'>;
  readonly operatorKey: string;
  /** Told of each function that failed. */
  readonly onFailure: (message: string) => void;
}

const ENDPOINTS = new Map([
  [functionArn('consoleWidget'), 'consoleWidget'],
  [functionArn('consoleEnd'), 'consoleEnd'],
] as const);

const callSchema = z.object({ endpoint: z.string(), event: z.record(z.string(), z.unknown()) });

export function withConsole(others: RequestListener, options: ConsoleOptions): RequestListener {
  return async (request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?');
    const found = request.method === 'GET' && Object.hasOwn(FILES, path) ? FILES[path] : undefined;
    if (found !== undefined) return sendFile(response, found);
    if (request.method === 'POST' && path === '/local/console') return invoke(request, response, options);
    return others(request, response);
  };
}

function sendFile(response: ServerResponse, { type, text }: { type: string; text: string }): void {
  response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(text);
}

/** As a dashboard invokes a function: with the parameters of a button, and what it knows of itself. */
async function invoke(
  request: IncomingMessage,
  response: ServerResponse,
  { lambda, operatorKey, onFailure }: ConsoleOptions,
): Promise<void> {
  const verdict = checkOperator(request, operatorKey);
  if (verdict !== 'known') return sendForbidden(response, verdict);
  const call = callOf(await readBody(request, BODY_MAX));
  const name = call && ENDPOINTS.get(call.endpoint);
  if (call === undefined || name === undefined) return sendJson(response, 400, { message: 'Bad Request' });
  try {
    sendJson(response, 200, { html: await lambda[name](call.event) });
  } catch (error) {
    onFailure(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    sendJson(response, 502, { message: 'Bad Gateway' });
  }
}

function callOf(body: Buffer | undefined): z.infer<typeof callSchema> | undefined {
  try {
    return callSchema.safeParse(JSON.parse(String(body))).data;
  } catch {
    return undefined;
  }
}
