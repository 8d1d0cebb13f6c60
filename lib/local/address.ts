/**
 * Where the engine listens. It lets in whoever finds it, a web page too, so it is put where pages do not find it:
 * docs/decisions/0010-the-engine-hides.md.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { reasonOf } from './startup-error.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Any of 16 million, away from the ends of the range and from 127.0.0.x, where others look. */
const hiddenHost = (): string => `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;

/** A free port of the first host that this machine has: all of 127.0.0.0/8 on Linux, 127.0.0.1 alone on macOS. */
export async function freeAddress(hosts: readonly string[] = [hiddenHost(), '127.0.0.1']): Promise<Address> {
  for (const host of hosts) {
    const port = await freePort(host);
    if (port !== undefined) return { host, port };
  }
  throw new Error(`this machine has none of the addresses ${hosts.join(', ')}`);
}

/** `undefined` where the machine has no such host. */
async function freePort(host: string): Promise<number | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, host, resolve);
    });
  } catch (error) {
    if (reasonOf(error) === 'EADDRNOTAVAIL') return undefined;
    throw error;
  }
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
