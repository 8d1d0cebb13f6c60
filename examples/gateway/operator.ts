/** The operator's side: registers the gateway and its printers, looks, and ends a session. A gateway has no such rights. */
export interface StationEntry {
  readonly id: string;
  readonly name: string;
  readonly location: string;
}

export interface SessionView {
  readonly session: string;
  readonly station: string;
  readonly rung: string;
}

export type Operator = ReturnType<typeof createOperator>;

export function createOperator({
  url,
  key,
  realm,
}: {
  readonly url: string;
  readonly key: string;
  readonly realm: string;
}) {
  return {
    /** Resolves to its key: a Standard Webhooks secret. */
    async registerGateway({ id, ...place }: StationEntry, speaksFor: readonly string[]): Promise<string> {
      await call('PUT', `/v1/stations/${id}`, { realm, kind: 'gateway', ...place, proof: 'signature', speaksFor });
      return (await call<{ key: string }>('POST', `/v1/stations/${id}/key`)).key;
    },
    /** It gets no key: its gateway speaks for it. */
    async registerPrinter({ id, ...place }: StationEntry): Promise<void> {
      await call('PUT', `/v1/stations/${id}`, { realm, kind: 'pinging', ...place });
    },
    async leaseMs(): Promise<number> {
      const { policy } = await call<{ policy: { lease: string } }>('GET', `/v1/realms/${realm}`);
      const [, seconds] = /^PT([\d.]+)S$/.exec(policy.lease) ?? [];
      if (seconds === undefined) throw new Error(`this story is told in seconds; lease is ${policy.lease}`);
      return Number(seconds) * 1_000;
    },
    /** Where this user has a session open. */
    async sessionOf(user: string): Promise<SessionView | undefined> {
      return (await call<{ seats: SessionView[] }>('GET', `/v1/realms/${realm}/users?user=${encodeURIComponent(user)}`))
        .seats[0];
    },
    async end(session: string, reason: string): Promise<void> {
      await call('DELETE', `/v1/sessions/${session}`, { reason });
    },
  };

  async function call<T = unknown>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}
