/** What Curfew answers, as values: whatever is normal is one of these, and is no exception. */
import { type EndKind, type Shown, sentenceOfEnd, sentenceOfRefusal } from './panel.ts';

export type Answer = Open | Refused | Ended;

/** A session of Curfew's, as it shows it. Instants are RFC 3339 in UTC, lengths ISO 8601. */
export interface SessionView {
  /** The handle: what is said of this session from now on names it. */
  readonly session: string;
  readonly user: string;
  readonly realm: string;
  readonly epoch: number;
  readonly station: string;
  readonly rung: 'active' | 'lingering' | 'failover' | 'remembered';
  readonly openedAt: string;
  readonly activeAt: string;
  readonly heardAt: string;
  /** Until when it is held, if nothing more is heard. */
  readonly heldUntil: string;
  readonly freeAt: string;
  /** The longest that its seat stays taken after a last sign of life. */
  readonly bound: string;
  readonly boundWithJob: string;
  readonly jobs?: number;
  readonly loggedOnAt?: string;
}

/** There is a session to go on with. */
export interface Open extends SessionView {
  readonly is: 'open';
  readonly outcome:
    | 'opened'
    | 'renewed'
    | 'resumed'
    | 'made-anew'
    | 'logged-on-anew'
    /** The user has been idle, and this has renewed nothing. */
    | 'lingering'
    /** This delivery was heard before: what it did then is told again. */
    | 'repeated';
  /** The user has been away for too long: begin with nothing, whatever is still in memory. */
  readonly stateLost: boolean;
  /** The handle in whose place this one has come. */
  readonly previous?: string;
}

/** The user's seats are all taken. */
export interface Refused {
  readonly is: 'refused';
  /** Who holds them, the one that has been silent the longest first. */
  readonly holders: readonly Holder[];
  /** Whether a login with `takeOver` may end one of them. */
  readonly takeOver: 'offered' | 'refused';
  /** The first instant at which one is free, if nothing more is heard of it. */
  readonly freeAt: string;
  /** As long as that is from now, by Curfew's clock: this station's may be wrong. Never too short. */
  readonly retryAfterMs: number;
  /** For the panel. */
  readonly sentence: string;
  /** For logs. */
  readonly detail: string;
}

export interface Holder {
  readonly session: string;
  readonly station: string;
  readonly name: string;
  readonly location: string;
  readonly openedAt: string;
  readonly heardAt: string;
  readonly freeAt: string;
}

/** There is no session to go on with: show the login screen. */
export interface Ended {
  readonly is: 'ended';
  readonly kind: EndKind;
  /** The deadline that passed (`idle`, `lease`, …) or what ended it (`logout`, `taken-over`, `operator`, …), if it is known. */
  readonly reason?: string;
  readonly endedAt?: string;
  readonly resumableUntil?: string;
  /** Where it was, as people know it. */
  readonly name?: string;
  readonly location?: string;
  /** Each deadline that it passed, and when. */
  readonly passed?: readonly { readonly deadline: string; readonly at: string }[];
  /** For the panel. */
  readonly sentence: string;
  /** For logs. */
  readonly detail: string;
}

/** What became of a logout or a boot. */
export interface Left {
  readonly is: 'left';
  /** `stale`: something newer has happened since, and nothing was ended. */
  readonly outcome: 'ended' | 'already-ended' | 'nothing-open' | 'stale';
  readonly session?: string;
  readonly user?: string;
  readonly endedAt?: string;
  readonly reason?: string;
}

/** Curfew does not let this station speak, or does not understand it: its key, its registration or this program is wrong. */
export class Misused extends Error {
  override readonly name = 'Misused';
  /** The end of the problem's type, `forbidden` for example; empty where it was not Curfew that answered. */
  readonly kind: string;

  constructor(message: string, kind = '') {
    super(message);
    this.kind = kind;
  }
}

/** An answer of HTTP, read to its end. */
export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

const PROBLEM = 'urn:curfew:problem:';

export const kindOf = ({ body: { type } }: Heard): string =>
  typeof type === 'string' && type.startsWith(PROBLEM) ? type.slice(PROBLEM.length) : '';

export const isSuccess = ({ status }: Heard): boolean => status >= 200 && status < 300;

/** Of a login, or of a sign of life. Throws `Misused` for what is this station's fault, not its user's. */
export function readAnswer(event: string, heard: Heard, now: number): Answer {
  if (isSuccess(heard)) {
    const open = heard.body as unknown as Open;
    return { ...open, is: 'open', stateLost: open.stateLost === true };
  }
  const kind = kindOf(heard);
  switch (kind) {
    case 'seat-taken':
      return refusedOf(heard);
    case 'session-ended':
    case 'session-invalidated':
    case 'logon-expired':
    case 'no-session':
    case 'login-overtaken':
      return endedOf(kind, heard);
    default:
      throw misused(event, heard, now);
  }
}

/** Of a logout, or of a boot. */
export function readLeft(event: string, heard: Heard, now: number): Left {
  if (!isSuccess(heard)) throw misused(event, heard, now);
  return { ...(heard.body as unknown as Left), is: 'left' };
}

function refusedOf({ headers, body }: Heard): Refused {
  const { holders, takeOver, detail } = body as unknown as Refused;
  const freeAts = holders.map(({ freeAt }) => freeAt).sort();
  const retryAfterMs = Number(headers.get('retry-after') ?? 0) * 1_000;
  const shown = { holders, takeOver, retryAfterMs };
  return { ...shown, is: 'refused', freeAt: freeAts[0] ?? '', detail, sentence: sentenceOfRefusal(shown) };
}

function endedOf(kind: Ended['kind'], { body }: Heard): Ended {
  const said = body as unknown as Ended & { readonly invalidatedBy?: string };
  const reason = said.reason ?? said.invalidatedBy;
  const shown: Shown = { kind, ...(reason === undefined ? {} : { reason }), ...pick(said, 'name', 'location') };
  const { detail } = said;
  return {
    ...shown,
    ...pick(said, 'endedAt', 'resumableUntil', 'passed'),
    is: 'ended',
    detail,
    sentence: sentenceOfEnd(shown),
  };
}

const pick = <T extends object, K extends keyof T>(from: T, ...names: readonly K[]): Pick<T, K> =>
  Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]])) as Pick<T, K>;

/** As far as a signature may be from Curfew's clock, by Standard Webhooks. */
const TOLERANCE_MS = 300_000;

function misused(event: string, heard: Heard, now: number): Misused {
  const kind = kindOf(heard);
  const { detail = 'this is no answer of Curfew’s' } = heard.body as { detail?: string };
  const apartMs = now - Date.parse(heard.headers.get('date') ?? '');
  const isClockWrong = heard.status === 401 && Math.abs(apartMs) > TOLERANCE_MS;
  const clock = isClockWrong ? `; the clock here is ${Math.round(apartMs / 1_000)} s from Curfew’s` : '';
  return new Misused(`${event} was answered ${heard.status}: ${detail}${clock}`, kind);
}
