/** Handles: how stations and operators carry the name of a session. */
import { present } from '../present.ts';
import type { SeatKey, Session, SessionName } from './seat.ts';

/**
 * `<epoch>.<seat>.<realm>.<user>.<seal>`: the epoch in base 36, the user in base64url. It carries the key of the item, so
 * that it needs no look-up. It is a name, not a secret: it gives no right. The seal shows that its station was told of it
 * (see lib/station/seals.ts); operators may leave it out, and sessions of earlier versions have none.
 */
export const handleOf = ({ epoch, seat, realm, user }: SessionName): string =>
  [epoch.toString(36), seat, realm, toBase64Url(user)].join('.');

/** As its station was told it. */
export const sealedHandleOf = (name: SessionName, { seal }: Pick<Session, 'seal'>): string =>
  seal === undefined ? handleOf(name) : `${handleOf(name)}.${seal}`;

/** Of the session in whose place this one goes on. */
export const previousHandleOf = ({ madeAnewOf, previousSeal }: Session, { realm, user, seat }: SeatKey) =>
  madeAnewOf === undefined
    ? undefined
    : sealedHandleOf({ realm, user, seat, epoch: madeAnewOf }, present({ seal: previousSeal }));

const HANDLE =
  /^([0-9a-z]{1,11})\.([0-9a-z]{1,32})\.([a-z][a-z0-9-]{0,31})\.([A-Za-z0-9_-]{1,344})(?:\.([A-Za-z0-9_-]{10}))?$/;

/** `undefined` when the text is no handle. */
export function parseHandle(handle: string): SessionName | undefined {
  const [, epoch, seat, realm, user, seal] = HANDLE.exec(handle) ?? [];
  if (epoch === undefined || seat === undefined || realm === undefined || user === undefined) return undefined;
  const name = { epoch: Number.parseInt(epoch, 36), seat, realm, user: fromBase64Url(user) };
  // One name has one handle.
  const isWhole = sealedHandleOf(name, seal === undefined ? {} : { seal }) === handle;
  return Number.isSafeInteger(name.epoch) && isWhole ? name : undefined;
}

/** The seal that a handle carries, whether or not it is good. */
export const sealIn = (handle: string): string | undefined => HANDLE.exec(handle)?.[5];

const toBase64Url = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');
const fromBase64Url = (text: string): string => Buffer.from(text, 'base64url').toString('utf8');
