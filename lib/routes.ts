/**
 * The API's routes and who calls them: what the stack deploys, what the local bridge matches and what the functions answer.
 * More specific ones first, as HTTP API prefers them.
 */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Parameters in braces, as HTTP API writes them. */
  readonly path: string;
  /** Stations bring a key, which the function checks; operators are let in by IAM, or by the local operator key. */
  readonly caller: 'station' | 'operator';
}

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1/sessions', caller: 'operator' },
  { method: 'GET', path: '/v1/sessions/{session}', caller: 'operator' },
  { method: 'DELETE', path: '/v1/sessions/{session}', caller: 'operator' },
  { method: 'GET', path: '/v1/realms', caller: 'operator' },
  { method: 'GET', path: '/v1/realms/{realm}', caller: 'operator' },
  { method: 'GET', path: '/v1/realms/{realm}/users/{user}', caller: 'operator' },
  { method: 'GET', path: '/v1/stations', caller: 'operator' },
  { method: 'GET', path: '/v1/stations/{station}', caller: 'operator' },
  { method: 'PUT', path: '/v1/stations/{station}', caller: 'operator' },
  { method: 'DELETE', path: '/v1/stations/{station}', caller: 'operator' },
  { method: 'POST', path: '/v1/stations/{station}/key', caller: 'operator' },
  { method: 'POST', path: '/v1/stations/{station}/{event}', caller: 'station' },
];
