/** A refusal as operators are shown it: why it came, in a sentence, what would mend it, and the command that does. */
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import type { Refusal } from '../station/refusals.ts';
import type { StationRecord } from '../station/stations.ts';
import type { Unproven } from '../station/unproven.ts';
import { toRfc3339 } from '../time.ts';
import { type ProblemKind, TITLES } from './problem.ts';
import { placeView } from './views.ts';

/** What a station can be told. */
export type StationProblem = Exclude<
  ProblemKind,
  'no-such-station' | 'no-such-session' | 'no-such-realm' | 'no-webhook' | 'no-such-route' | 'not-json'
>;

/** Stations as they are registered now, of those that refusals speak of. */
export type Places = ReadonlyMap<string, StationRecord | undefined>;

export function refusalView(refusal: Refusal, places: Places) {
  const { at, firstAt, station, realm, event, isProven, user, problem, holder } = refusal;
  const kind = problem as StationProblem;
  return {
    at: toRfc3339(at),
    since: toRfc3339(firstAt),
    event,
    ...placeView(station, places.get(station)),
    realm,
    ...present({ user }),
    problem: kind,
    status: TITLES[kind]?.[0] ?? 400,
    proven: isProven,
    ...toldOf(refusal, kind, places),
    ...present({ heldAt: holder?.station }),
  };
}

interface Told {
  /** Ends the sentence `Refused at Library 5 at 09:12: `. */
  readonly why: string;
  /** A sentence. */
  readonly mend: string;
  /** What follows `npx curfew`. */
  readonly command?: readonly string[];
}

function toldOf(refusal: Refusal, kind: StationProblem, places: Places): Told {
  const { station, user, detail = '', holder } = refusal;
  const called = nameOf(station, places);
  const show = ['stations', 'show', station];
  switch (kind) {
    case 'not-authenticated':
      return unprovenTold(refusal, (refusal.reason ?? 'wrong-key') as Unproven);
    case 'seat-taken': {
      const where = holder === undefined ? 'another station' : nameOf(holder.station, places);
      const until = holder === undefined ? '' : `, until ${toRfc3339(holder.freeAt)} at the latest as it stood then`;
      return {
        why: `the seat was taken by a session at ${where}${until}`,
        mend: `Log out at ${where}, wait until then, or end that session.`,
        ...(holder === undefined
          ? {}
          : { command: ['sessions', 'end', holder.session, '--reason', 'say why'] as const }),
      };
    }
    case 'session-ended':
    case 'session-invalidated':
    case 'logon-expired':
      return {
        why: `its session was over: ${detail}`,
        mend: `Log in again at ${called}; a station that goes on with a session that is over is not listening to its answers.`,
        command: user === undefined ? show : ['users', 'show', user],
      };
    case 'no-session':
      return {
        why: 'no session was open there, and it went on as if one were',
        mend: `Log in again at ${called}; it should show its login screen.`,
        command: user === undefined ? show : ['users', 'show', user],
      };
    case 'login-overtaken':
      return {
        why: `the login came from the past: ${detail}`,
        mend: `Set the clock of ${called} right, and log in again.`,
        command: show,
      };
    case 'forbidden':
      return forbiddenTold(refusal, called);
    case 'bad-request':
    case 'body-too-large':
    case 'unknown-dialect':
      return {
        why: `what it said could not be understood${detail === '' ? '' : `: ${detail}`}`,
        mend: `Mend what ${called} sends, or how it is registered (docs/dialects.md).`,
        command: show,
      };
    case 'too-fast':
      return {
        why: 'it said more than one of its kind can mean',
        mend: `Find out what makes ${called} call so often; what it says is heard again within seconds.`,
        command: show,
      };
    case 'unexpected':
    case 'unavailable':
      return {
        why: `Curfew itself did not answer${detail === '' ? '' : `: ${detail}`}`,
        mend: 'Try again; if it comes again, look at the alarms and the log of the function (docs/operating.md).',
      };
    default:
      return assertNever(kind);
  }
}

const nameOf = (id: string, places: Places): string => {
  const { name } = placeView(id, places.get(id));
  return name === id ? id : `${name} (${id})`;
};

function unprovenTold({ station: id, realm }: Refusal, reason: Unproven): Told {
  const newKey = { command: ['stations', 'key', id] } as const;
  const show = { command: ['stations', 'show', id] } as const;
  switch (reason) {
    case 'no-key':
      return {
        why: 'no key of this station is good: it has been given none, or all were revoked',
        mend: 'Make a key, and enter it there.',
        ...newKey,
      };
    case 'no-proof':
      return {
        why: 'it brought no key at all',
        mend: 'Enter its key there; one that is lost is replaced by a new one.',
        ...newKey,
      };
    case 'other-proof':
      return {
        why: 'it proves who it is in another way than the one in which it is registered',
        mend: 'Set it up to prove itself as it is registered, or register it as it does (docs/keys.md).',
        ...show,
      };
    case 'old-key':
      return {
        why: 'its key is not the one that is registered, but an older one of this station',
        mend: 'Enter the newest key there; one that is lost is replaced by a new one.',
        ...newKey,
      };
    case 'wrong-key':
      return {
        why: 'its key is not the one that is registered, nor has it ever been',
        mend: 'Make a new key, and enter it there, all of it; or find out who it is that calls so.',
        ...newKey,
      };
    case 'clock':
      return {
        why: 'it signs with a time that is more than five minutes off, or with none',
        mend: 'Set its clock right.',
        ...show,
      };
    case 'certificate':
      return {
        why: 'its key is good, and it does not bring the certificate that is registered',
        mend: 'Install that certificate there, or register the one that it brings (docs/keys.md).',
        ...show,
      };
    case 'secret-url':
      return {
        why: `its key stands in the address, and the policy of ${realm} takes none there`,
        mend: 'Give it another proof, or allow "secretUrls" in the realms file.',
        ...show,
      };
    default:
      return assertNever(reason);
  }
}

/** By which rule somebody spoke of what is not theirs. */
function forbiddenTold({ reason, detail = '', realm, station }: Refusal, called: string): Told {
  const show = { command: ['stations', 'show', station] } as const;
  switch (reason) {
    case 'not-spoken-for':
    case 'not-registered':
    case 'other-realm':
      return {
        why: detail,
        mend: `Register that station in ${realm}, and let ${called} speak for it.`,
        ...show,
      };
    case 'not-yours':
      return {
        why: 'it spoke of a session of another station',
        mend: `Find out where ${called} has that session from: two stations may have one set-up.`,
        ...show,
      };
    default:
      return {
        why: detail,
        mend: `Put ${realm} back into the realms file, or register ${called} in another realm.`,
        ...show,
      };
  }
}
