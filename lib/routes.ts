/**
 * The API's routes and who calls them: what the stack deploys, what the local bridge matches, what the functions answer and
 * what the API's description describes. More specific ones first, as HTTP API prefers them.
 */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Parameters in braces, as HTTP API writes them. */
  readonly path: string;
  /**
   * Stations prove who they are, which the function checks; operators are let in by IAM, or by the local operator key;
   * what anyone may ask for tells nothing of this deployment.
   */
  readonly caller: 'station' | 'operator' | 'anyone';
}

export const ROUTES = [
  { method: 'GET', path: '/openapi.json', caller: 'anyone' },
  { method: 'GET', path: '/health', caller: 'anyone' },
  { method: 'GET', path: '/v1/audit', caller: 'operator' },
  { method: 'GET', path: '/v1/sessions', caller: 'operator' },
  { method: 'GET', path: '/v1/sessions/{session}', caller: 'operator' },
  { method: 'DELETE', path: '/v1/sessions/{session}', caller: 'operator' },
  { method: 'GET', path: '/v1/history', caller: 'operator' },
  { method: 'GET', path: '/v1/users', caller: 'operator' },
  { method: 'GET', path: '/v1/realms', caller: 'operator' },
  { method: 'GET', path: '/v1/realms/{realm}', caller: 'operator' },
  { method: 'POST', path: '/v1/realms/{realm}/webhook/secret', caller: 'operator' },
  { method: 'GET', path: '/v1/realms/{realm}/users', caller: 'operator' },
  { method: 'DELETE', path: '/v1/realms/{realm}/history', caller: 'operator' },
  { method: 'GET', path: '/v1/realms/{realm}/users/{user}', caller: 'operator' },
  { method: 'DELETE', path: '/v1/realms/{realm}/users/{user}/history', caller: 'operator' },
  { method: 'GET', path: '/v1/stations', caller: 'operator' },
  { method: 'GET', path: '/v1/stations/{station}', caller: 'operator' },
  { method: 'GET', path: '/v1/stations/{station}/health', caller: 'operator' },
  { method: 'PUT', path: '/v1/stations/{station}', caller: 'operator' },
  { method: 'DELETE', path: '/v1/stations/{station}', caller: 'operator' },
  { method: 'POST', path: '/v1/stations/{station}/key', caller: 'operator' },
  { method: 'DELETE', path: '/v1/stations/{station}/key', caller: 'operator' },
  { method: 'POST', path: '/v1/stations/{station}/{event}', caller: 'station' },
  { method: 'POST', path: '/v1/stations/{station}/with/{key}/{event}', caller: 'station' },
] as const satisfies readonly Route[];

export type Caller = Route['caller'];

type KnownRoute = (typeof ROUTES)[number];
type KeyOf<R extends Route> = R extends Route ? `${R['method']} ${R['path']}` : never;

/** A route as HTTP API names it: `GET /v1/realms`. */
export type RouteKey = KeyOf<KnownRoute>;

export const routeKeyOf = <R extends Route>({ method, path }: R) => `${method} ${path}` as KeyOf<R>;

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

/** What a path has in the places of its braces: decoded, and none of it empty. */
export type PathParameters<Path extends string> = { readonly [Name in NamesIn<Path>]: string };

/** The names in the braces of a path, or of a route's key. */
export const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

/** What answers the routes of these callers: one for each. One that is missing does not compile, nor does one too many. */
export type Handlers<C extends Caller, Request, Answer> = {
  readonly [R in Extract<KnownRoute, { caller: C }> as KeyOf<R>]: (
    request: Request,
    parameters: PathParameters<R['path']>,
  ) => Answer;
};
