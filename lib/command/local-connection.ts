/** The way to the system on one machine, or to any other that takes an operator key. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from './api.ts';
import { Misuse } from './exit-codes.ts';

export interface LocalOptions {
  /** @default where the system of the data directory listens, or the port on which `npm start` does */
  readonly url?: string | undefined;
  /** @default the one that the system of the data directory made */
  readonly key?: string | undefined;
  readonly data: string;
  /** Where `npm start` listens unless it is told otherwise. */
  readonly port: string;
}

export function connectLocally({ url: given, key, data, port }: LocalOptions): Connection {
  const file = join(data, 'operator-key');
  const base =
    given === undefined ? (read(join(data, 'url')) ?? `http://127.0.0.1:${port}`) : checked(given, key, file);
  const secret = key || read(file);
  if (secret === undefined) {
    throw new Misuse(
      `there is no operator key in ${file}: start Curfew (npm start), name its --data, set CURFEW_OPERATOR_KEY, or name the --stack in AWS`,
    );
  }
  const authorization = `Bearer ${secret}`;
  return {
    send: (path, asking) =>
      fetch(`${base}${path}`, { ...asking, headers: { ...asking.headers, authorization }, redirect: 'error' }),
    where: `${base}, with ${key ? 'CURFEW_OPERATOR_KEY' : `the key of ${file}`}`,
    options: [...(given === undefined ? [] : ['--url', given]), ...(data === DATA ? [] : ['--data', data])],
  };
}

/** Of `npm start`. */
export const DATA = '.curfew';
export const PORT = '4600';

/** An address that somebody has typed, without a slash at its end: a key must not go just anywhere. */
function checked(text: string, key: string | undefined, file: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new Misuse(`${JSON.stringify(text)} is no address of an API; one is http://127.0.0.1:${PORT}`);
  }
  if (!isHere(url) && url.protocol === 'http:') {
    throw new Misuse(`${url.origin} is another machine: an operator key goes there by https only`);
  }
  if (!isHere(url) && !key) {
    throw new Misuse(
      `${url.origin} is another machine, and the key of ${file} is for this one: set CURFEW_OPERATOR_KEY`,
    );
  }
  return url.href.replace(/\/$/, '');
}

const isHere = ({ hostname }: URL): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);

const read = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8').trim() || undefined : undefined;
