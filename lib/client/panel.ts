/** What a panel can show, in a sentence or two. No clock times: a printer's clock and time zone are often wrong. */

/** Why there is no session to go on with, as Curfew's problems name it. */
export type EndKind =
  | 'session-ended'
  /** It has lost its seat. `activity` brings its user back, until `resumableUntil`. */
  | 'session-invalidated'
  /** What might have brought its user back has run out too. */
  | 'logon-expired'
  | 'no-session'
  /** A login from the past: its session would have ended already, or its station has said newer things since. */
  | 'login-overtaken';

/** A station as people know it. */
interface Named {
  readonly name: string;
  readonly location: string;
}

interface Refusal {
  readonly holders: readonly Named[];
  readonly takeOver: 'offered' | 'refused';
  readonly retryAfterMs: number;
}

/** `You are logged in at Library 2 (First floor). Log out there; or, if nothing more happens there, log in here in 5 minutes.` */
export function sentenceOfRefusal({ holders, takeOver, retryAfterMs }: Refusal): string {
  const isOne = holders.length === 1;
  const where = isOne
    ? `You are logged in at ${placesOf(holders)}.`
    : `All of your ${holders.length} sessions are in use: at ${placesOf(holders)}.`;
  const there = isOne ? 'there' : 'at one of them';
  const wait = `Log out ${there}; or, if nothing more happens there, log in here in ${lengthOf(retryAfterMs)}.`;
  const offer = isOne
    ? 'You may also end that session now and log in here.'
    : 'You may also end one of them now and log in here.';
  return takeOver === 'offered' ? `${where} ${wait} ${offer}` : `${where} ${wait}`;
}

export interface Shown extends Partial<Named> {
  readonly kind: EndKind;
  readonly reason?: string;
}

export function sentenceOfEnd({ kind, reason = '' }: Shown): string {
  if (kind === 'no-session' || kind === 'login-overtaken') return 'You are not logged in here. Please log in.';
  if (kind === 'logon-expired') return 'You have been away for too long. Please log in again.';
  const why = WHYS[reason];
  return why === undefined ? 'Your session has ended. Please log in again.' : `${why}.`;
}

const AWAY = 'Your session has ended, for nothing was heard of you for a while';

const WHYS: Readonly<Record<string, string>> = {
  idle: AWAY,
  lease: AWAY,
  failover: AWAY,
  'logon-token': AWAY,
  maximum: 'Your session has lasted for as long as one may',
  logout: 'You have logged out',
  boot: 'Your session has ended, for this device was restarted',
  'next-user': 'Your session has ended, for somebody else has logged in here',
  'taken-over': 'You have ended this session by logging in elsewhere',
  superseded: 'You have logged in elsewhere meanwhile',
  operator: 'An administrator has ended your session',
};

/** Enough for a panel. */
const PLACES_MAX = 3;

function placesOf(holders: readonly Named[]): string {
  const places = holders
    .slice(0, PLACES_MAX)
    .map(({ name, location }) => (location === '' ? name : `${name} (${location})`));
  const untold = holders.length - places.length;
  return untold > 0 ? `${places.join(', ')} and ${untold} more` : places.join(', ');
}

const MINUTE_MS = 60_000;

/** Rounded up: nobody is sent back too early. */
function lengthOf(lengthMs: number): string {
  const minutes = Math.ceil(lengthMs / MINUTE_MS);
  if (minutes >= 120) return `${Math.ceil(minutes / 60)} hours`;
  if (lengthMs > MINUTE_MS) return `${minutes} minutes`;
  const seconds = Math.max(1, Math.ceil(lengthMs / 1_000));
  return seconds === 1 ? 'a second' : `${seconds} seconds`;
}
