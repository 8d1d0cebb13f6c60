/** FNV-1a, by which keys are spread: quick and the same everywhere. Not for secrets. */

/** 32 bits. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** 64 bits: of a user's million names two meet once in thirty million users. */
export function hash64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text, 'utf8')) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

// Where room is short, as in an item. What few things are told apart by them, their readers say.

/** 48 bits in eight characters. */
export function hash48Text(text: string): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(hash64(text));
  return bytes.subarray(2).toString('base64url');
}

/** 32 bits in six characters. */
export function hash32Text(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(hash32(text));
  return bytes.toString('base64url');
}
