/**
 * Seals of handles. A session's handle carries its item's key, which anyone can make up who knows a user's name and roughly
 * when they logged in. Its seal shows that this deployment told this very station of this very session; what was never told
 * is refused before anything is read.
 */
import { createHmac } from 'node:crypto';
import { handleOf } from '../session/handle.ts';
import type { SessionName } from '../session/seat.ts';
import { everyMaster, foundRight, isEqual, type Masters } from './keys.ts';

/** 60 bits: whoever is heard 400 times a second, as a gateway is, finds one of a session that lasts 45 million years. */
const SEAL_LENGTH = 10;

/** What ends the handle by which this station is told of the session. */
export const sealOf = ({ current }: Masters, name: SessionName, station: string): string =>
  sealBy(current, name, station);

const seals = foundRight<true>();

/** Whether this deployment made it, by its master secret of now or the one before. A wrong one takes as long whatever it resembles. */
export const isSealed = (masters: Masters, name: SessionName, station: string, seal: string): boolean =>
  seals(masters, `${station} ${handleOf(name)} ${seal}`, () => {
    const given = Buffer.from(seal);
    const same = everyMaster(masters).map((master) => isEqual(given, Buffer.from(sealBy(master, name, station))));
    return same.includes(true) || undefined;
  }) === true;

/** The handle without a seal stands for the name: it is one text for one name, and has no line breaks. */
const sealBy = (master: string, name: SessionName, station: string): string =>
  createHmac('sha256', master)
    .update(`session-handle\n${station}\n${handleOf(name)}`)
    .digest('base64url')
    .slice(0, SEAL_LENGTH);
