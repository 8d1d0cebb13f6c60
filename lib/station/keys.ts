/**
 * Station keys. A key is derived from the deployment's master secret, the station's id and a generation number, so none
 * is stored: rotating one is a write of the number, and a key that nobody issued is refused without any read.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** As many bytes as SHA-256 puts out: a shorter secret would weaken every key made of it (RFC 2104, section 3). */
const MASTER_BYTES_MIN = 32;

export function checkMaster(master: string): string {
  if (Buffer.byteLength(master) < MASTER_BYTES_MIN) {
    throw new Error(`the master secret must have at least ${MASTER_BYTES_MIN} bytes`);
  }
  return master;
}

/** `curfew_<generation>_<43 characters>`: the whole secret that a station is given. */
export function stationKey(master: string, station: string, generation: number): string {
  return `curfew_${generation}_${seal(master, station, generation).toString('base64url')}`;
}

const KEY = /^curfew_(\d{1,9})_([A-Za-z0-9_-]{43})$/;

/**
 * The generation of a key that this deployment issued to this station, whether or not it is still the current one;
 * `undefined` for anything else. Takes as long for a wrong key as for a right one, and for stations that do not exist.
 */
export function generationOf(master: string, station: string, key: string): number | undefined {
  const [, generation, sealed] = KEY.exec(key) ?? [];
  const claimed = generation === undefined ? 0 : Number(generation);
  const given = Buffer.from(sealed ?? '', 'base64url');
  const right = seal(master, station, claimed);
  const same = given.length === right.length && timingSafeEqual(given, right);
  return same && generation !== undefined ? claimed : undefined;
}

const seal = (master: string, station: string, generation: number): Buffer =>
  createHmac('sha256', master).update(`station-key\n${generation}\n${station}`).digest();
