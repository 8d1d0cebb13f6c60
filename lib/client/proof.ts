/** How a station shows who it is. */
import { Misused } from './answers.ts';

export type Proof = 'bearer' | 'basic' | 'signature';

/** The headers of one try. */
export type Prove = (said: {
  readonly id: string;
  readonly now: number;
  readonly body: string;
}) => Promise<Readonly<Record<string, string>>>;

const SECRET_PREFIX = 'whsec_';

export function proofOf(key: string): Proof {
  return key.startsWith(SECRET_PREFIX) ? 'signature' : 'bearer';
}

/** Throws `Misused` where the key is not one for this proof. */
export function prover(proof: Proof, station: string, key: string): Prove {
  if ((proof === 'signature') !== key.startsWith(SECRET_PREFIX)) {
    throw new Misused(
      `the key of a station whose proof is ${proof} does ${proof === 'signature' ? '' : 'not '}begin with ${SECRET_PREFIX}`,
    );
  }
  switch (proof) {
    case 'bearer':
      return async () => ({ authorization: `Bearer ${key}` });
    case 'basic':
      return async () => ({ authorization: `Basic ${btoa(`${station}:${key}`)}` });
    case 'signature':
      return signer(key);
  }
}

/** Standard Webhooks, version 1: HMAC-SHA256 of id, timestamp and body. */
function signer(key: string): Prove {
  const secret = crypto.subtle.importKey(
    'raw',
    bytesOf(key.slice(SECRET_PREFIX.length)),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  return async ({ id, now, body }) => {
    const timestamp = String(Math.floor(now / 1_000));
    const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', await secret, signed));
    return {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${btoa(String.fromCharCode(...mac))}`,
    };
  };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9+/]{4,}=*$/.test(base64)) throw new Misused(`the key is not ${SECRET_PREFIX} and base64`);
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
