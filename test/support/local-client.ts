/** Calls the API over HTTP as stations and operators do. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever came; the test says what it should be
  readonly body: any;
}

export async function call(
  url: string,
  key: string,
  method: string,
  path: string,
  body?: object,
  withinMs = 10_000,
): Promise<Reply> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(withinMs),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** Registers a station and resolves to its key. */
export async function register(url: string, operatorKey: string, id: string, entry: object): Promise<string> {
  await call(url, operatorKey, 'PUT', `/v1/stations/${id}`, entry);
  return String((await call(url, operatorKey, 'POST', `/v1/stations/${id}/key`)).body.key);
}
