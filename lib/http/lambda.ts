/** The routes of some callers as the handler of an HTTP API's Lambda integration (payload format 2.0). */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Answer } from '../answer.ts';
import { present } from '../present.ts';
import { type Caller, namesIn } from '../routes.ts';
import { badRequest, problem } from './problem.ts';
import { type App, type Complain, type HttpRequest, thrown } from './request.ts';

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Of some route: its key says which parameters it is given. */
type Handle = (request: HttpRequest, parameters: never) => Answer | Promise<Answer>;

/** HTTP API has matched already: its `routeKey` says which of them answers. An error is a problem document, like any other. */
export function httpHandler<C extends Caller>(app: App<C>, complain: Complain): HttpHandler {
  const entries: [string, Handle][] = Object.entries(app);
  const routes = new Map(entries.map(([key, handle]) => [key, { handle, names: namesIn(key) }]));

  return async (event) => {
    const { status, headers, body } = await answerTo(event).catch((error: unknown) => thrown(error, complain));
    return { statusCode: status, headers, body, isBase64Encoded: false };
  };

  async function answerTo(event: APIGatewayProxyEventV2): Promise<Answer> {
    const { routeKey, pathParameters = {} } = event;
    const route = routes.get(routeKey);
    // Not which path: it may hold a key.
    if (route === undefined || !route.names.every((name) => pathParameters[name])) {
      return problem('no-such-route', { detail: 'this method and path are no route of this API' });
    }
    const faults = route.names.flatMap((name) => (NO_TEXT.test(pathParameters[name] ?? '') ? [noText(name)] : []));
    return faults.length > 0 ? badRequest(faults) : route.handle(requestOf(event), pathParameters as never);
  }
}

/** Half of a pair of UTF-16. No name, handle or key has it, and nothing that keeps texts keeps it. */
const NO_TEXT = /\p{Cs}/u;
const noText = (field: string) => ({ field, detail: 'is no Unicode text, as it stands in the path' });

/** What API Gateway's authorizer adds, where one stands in front of a route. */
interface Authorized {
  readonly authorizer?: { readonly iam?: { readonly userArn?: unknown } };
}

function requestOf({
  headers,
  rawQueryString,
  body = '',
  isBase64Encoded,
  requestContext,
}: APIGatewayProxyEventV2): HttpRequest {
  const given = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) if (value) given.set(name.toLowerCase(), value.trim());
  const { userArn } = (requestContext as Authorized).authorizer?.iam ?? {};
  return {
    header: (name) => given.get(name) || undefined,
    headerNames: [...given.keys()],
    query: rawQueryString,
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    cameAsText: !isBase64Encoded,
    ...present({
      principal: typeof userArn === 'string' && userArn !== '' ? userArn : undefined,
      certificate: requestContext.authentication?.clientCert?.clientCertPem,
    }),
  };
}
