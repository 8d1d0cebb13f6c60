/** An application as the handler of an HTTP API's Lambda integration (payload format 2.0). */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Hono } from 'hono';
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import type { Bindings } from './request.ts';

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

export function httpHandler(app: Hono<{ Bindings: Bindings }>): HttpHandler {
  const answer = handle(app);
  // Hono describes the same event in types of its own, which differ only in how they say "optional".
  return (event, context) => answer(event as LambdaEvent, context as unknown as LambdaContext);
}
