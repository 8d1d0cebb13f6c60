/**
 * Station keys. A key is derived from the deployment's master secret, the station's id, how it is brought and a generation
 * number, so none is stored: rotating one is a write of the number, and a key that nobody issued is refused without any read.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { present } from '../present.ts';
import { keepNewest } from './newest.ts';
import type { Proof, StationRecord } from './stations.ts';

/** What stations' keys derive from. Those of both are good; new ones are made with `current`. */
export interface Masters {
  readonly current: string;
  readonly previous?: string;
}

/** As many bytes as SHA-256 puts out: a shorter secret would weaken every key made of it (RFC 2104, section 3). */
const MASTER_BYTES_MIN = 32;

export function checkMaster(master: string): void {
  if (Buffer.byteLength(master) >= MASTER_BYTES_MIN) return;
  throw new Error(`a master secret must have at least ${MASTER_BYTES_MIN} bytes`);
}

export function checkMasters(masters: Masters): Masters {
  everyMaster(masters).forEach(checkMaster);
  return masters;
}

/** As a file has them: the current one in its first line, the one before it, if any, in its second. */
export function mastersIn(text: string): Masters {
  const [current = '', previous] = text.trim().split(/\s*\n\s*/);
  return checkMasters({ current, ...present({ previous }) });
}

/** The one that new keys are made with comes first. */
export const everyMaster = ({ current, previous }: Masters): readonly string[] =>
  previous === undefined ? [current] : [current, previous];

/** A key that is brought as it is: one that signs is never brought. */
export type BroughtProof = Exclude<Proof, 'signature'>;

/** A key for one way is none for another: what is written into addresses must not open as what is kept in a header. */
const LABELS: { readonly [P in Proof]: string } = {
  bearer: 'station-key',
  basic: 'basic-key',
  url: 'url-key',
  signature: 'signature-key',
};

const seal = (master: string, label: string, name: string, generation: number): Buffer =>
  createHmac('sha256', master).update(`${label}\n${generation}\n${name}`).digest();

/** As Standard Webhooks has it. */
const asSecret = (sealed: Buffer): string => `whsec_${sealed.toString('base64')}`;

/**
 * The whole secret that a station is given, of its newest generation: `curfew_<generation>_<43 characters>`, or
 * `whsec_<base64>` as Standard Webhooks has it.
 */
export function stationKey(
  { current }: Masters,
  { id, proof, keyGeneration }: Pick<StationRecord, 'id' | 'proof' | 'keyGeneration'>,
): string {
  const sealed = seal(current, LABELS[proof], id, keyGeneration);
  return proof === 'signature' ? asSecret(sealed) : `curfew_${keyGeneration}_${sealed.toString('base64url')}`;
}

const KEY = /^curfew_(\d{1,9})_([A-Za-z0-9_-]{43})$/;

/**
 * What was found right by some masters, by its whole text. Only that is looked up, so whoever tries what is wrong learns
 * nothing from how long it takes: it is derived and compared each time, whatever it resembles.
 */
export function foundRight<T>(): (masters: Masters, text: string, find: () => T | undefined) => T | undefined {
  const foundBy = new WeakMap<Masters, Map<string, T>>();
  return (masters, text, find) => {
    const known = foundBy.get(masters) ?? new Map<string, T>();
    foundBy.set(masters, known);
    const found = known.get(text) ?? find();
    if (found !== undefined && !known.has(text)) keepNewest(known, text, found);
    return found;
  };
}

const generations = foundRight<number>();

/**
 * The generation of a key that this deployment issued to this station to be brought so, whether or not it is still good;
 * `undefined` for anything else. Takes as long for a wrong key at a station that does not exist as at one that does.
 */
export const generationOf = (masters: Masters, proof: BroughtProof, station: string, key: string): number | undefined =>
  generations(masters, `${proof} ${station} ${key}`, () => derivedGeneration(masters, proof, station, key));

function derivedGeneration(masters: Masters, proof: BroughtProof, station: string, key: string): number | undefined {
  const [, generation, sealed] = KEY.exec(key) ?? [];
  const claimed = generation === undefined ? 0 : Number(generation);
  const given = Buffer.from(sealed ?? '', 'base64url');
  const same = everyMaster(masters).map((master) => isEqual(given, seal(master, LABELS[proof], station, claimed)));
  return same.includes(true) && generation !== undefined ? claimed : undefined;
}

/** The bytes by which a station of this generation may sign. */
export const signingSecrets = (masters: Masters, station: string, generation: number): readonly Buffer[] =>
  everyMaster(masters).map((master) => seal(master, LABELS.signature, station, generation));

/**
 * By which a realm's webhook is signed, all at once: of each master the newest generation and the one before it. The first
 * is the one to give to a receiver; one that still has another goes on understanding.
 */
export const webhookSecrets = (masters: Masters, realm: string, generation: number): readonly string[] =>
  everyMaster(masters).flatMap((master) =>
    [generation, generation - 1]
      .filter((counted) => counted > 0)
      .map((counted) => asSecret(seal(master, 'webhook-secret', realm, counted))),
  );

/** In a time that tells nothing but the lengths, which anyone knows. */
export const isEqual = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
