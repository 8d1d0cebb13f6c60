/** Curfew's words as people say them who stand at a printer, or are called by one who does. */
import type { ActionKind } from '../service/ports.ts';
import type { OpenRung, Reason, Rung } from '../session/seat.ts';

export const RUNG_WORDS: Readonly<Record<Rung, string>> = {
  active: 'logged in',
  lingering: 'idle, keeps the seat',
  failover: 'gone quiet, may come back',
  remembered: 'remembered, may come back',
  ended: 'ended',
};

/** What a list shows of sessions on a rung. */
export const RUNG_CHOICES: Readonly<Record<OpenRung, string>> = {
  active: 'logged in',
  lingering: 'idle, keeping the seat',
  failover: 'gone quiet, without a seat',
  remembered: 'remembered, without a seat',
};

/** Why a session ended. */
export const REASON_WORDS: Readonly<Record<Reason, string>> = {
  idle: 'nothing was done for too long',
  lease: 'nothing was heard for too long',
  maximum: 'it had lasted as long as one may',
  failover: 'its user did not come back',
  'logon-token': 'the logon had lasted as long as one may',
  logout: 'logged out',
  boot: 'the station started anew',
  'next-user': 'the next user came',
  'taken-over': 'its user took over elsewhere',
  operator: 'ended by hand',
  'made-anew': 'went on as a new session',
  superseded: 'another session took the seat',
};

/** `policy` is the realm's rules; a station and an operator go by their names. */
export const byWhom = (by: string): string =>
  by === 'policy' ? 'the rules' : by.replace(/^station:/, 'station ').replace(/^operator:/, '');

/** What operators do. */
export const ACTION_WORDS: Readonly<Record<ActionKind, string>> = {
  'end-session': 'ended a session',
  'forget-user': 'erased a user’s history',
  'register-station': 'registered a station',
  'change-station': 'changed a station',
  'remove-station': 'removed a station',
  'issue-key': 'issued a key',
  'revoke-keys': 'revoked all keys',
  'show-webhook-secret': 'looked at a webhook’s secret',
};
