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
export const httpHandler = (app: Hono<{ Bindings: Bindings }>): HttpHandler => handle(app) as unknown as HttpHandler;
