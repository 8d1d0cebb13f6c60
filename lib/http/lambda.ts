/** An application as the handler of an HTTP API's Lambda integration (payload format 2.0). */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import type { Bindings } from './request.ts';

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Hono describes the same events in types of its own, which differ in how they say "optional". */
export function httpHandler(app: Hono<{ Bindings: Bindings }>): HttpHandler {
  const answer = handle(app) as unknown as HttpHandler;
  return (event, context) => answer(requestOf(event), context);
}

/** The event as a request that can be made: a GET may bring a body through HTTP API, but not into a `Request`. */
function requestOf(event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  const { body, ...bodiless } = event;
  const hasBody = body !== undefined && event.requestContext.http.method !== 'GET';
  return { ...bodiless, ...(hasBody ? { body } : {}), rawPath: encodedPath(event) };
}

/**
 * HTTP API hands on a decoded path, in which a user's `/`, `?` or `#` can no longer be told from the address's own. It has
 * matched the route before it decoded, so the path is put together again from route and parameters.
 */
function encodedPath({ routeKey, rawPath, pathParameters = {} }: APIGatewayProxyEventV2): string {
  const [, template] = routeKey.split(' ');
  if (template === undefined) return rawPath;
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(pathParameters[name] ?? ''));
}
