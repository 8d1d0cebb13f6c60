/**
 * A station's side of Curfew's API, for gateways, on-device apps and web applications. It needs nothing but what the platform
 * brings: `fetch` and WebCrypto. Docs: docs/clients.md.
 */
import { type Answer, type Left, Misused, type Open, readAnswer, readLeft } from './answers.ts';
import { deliver, type Patience, type Platform } from './delivery.ts';
import { type KeepAliveOptions, type KeptAlive, type Pinging, startPinging } from './keep-alive.ts';
import { type Proof, proofOf, prover } from './proof.ts';

export { type Answer, type Ended, type Holder, type Left, Misused, type Open, type Refused } from './answers.ts';
export { Unreachable } from './delivery.ts';
export type { KeepAliveOptions, KeptAlive } from './keep-alive.ts';
export type { Proof } from './proof.ts';

export interface StationClientOptions extends Partial<Platform>, Partial<Patience> {
  /** Curfew's, without a path. `https`, unless it is on this machine. */
  readonly url: string;
  /** Takes `http` to another machine, too: for a network that nobody else is on. @default false */
  readonly insecure?: boolean;
  /** The id by which this station is registered. */
  readonly station: string;
  /** What an operator was given for it: `curfew_…`, or `whsec_…` where it signs. */
  readonly key: string;
  /** As registered. @default by the key: `signature` for a `whsec_…`, else `bearer` */
  readonly proof?: Proof;
  /** @default 10 s */
  readonly answerWithinMs?: number;
  /** After this the answer is `Unreachable`. @default 30 s: a person at a panel waits no longer */
  readonly giveUpAfterMs?: number;
}

/** Each method is one delivery: it has one id, and is sent until it is answered or `Unreachable` is thrown. `Misused` says whose fault it is. */
export interface StationClient {
  login(user: string, said?: LoginSaid): Promise<Answer>;
  /** The user has done something. Brings a session back too, as long as it can come back. */
  activity(said?: Said): Promise<Answer>;
  /** Until its end, or for as long as the realm's policy says, idle and lease wait: `jobStarted({ ...open, job: 'scan-17' })`. */
  jobStarted(said?: JobSaid): Promise<Answer>;
  jobEnded(said?: JobSaid): Promise<Answer>;
  /** The station lives. Tried once; see `keepAlive`, which does this by itself. */
  ping(said?: Said): Promise<Answer>;
  logout(said?: Said): Promise<Left>;
  /** The station has started: whoever was at its panel is not any more. */
  boot(said?: Omit<Said, 'session' | 'user'>): Promise<Left>;
  /** Pings until the session ends, or this station ends it. */
  keepAlive(open: Open, options: KeepAliveOptions): KeptAlive;
}

export interface GatewayClient extends StationClient {
  /** What is said in the name of another station, which this one is registered to speak for. All else is about the gateway itself. */
  for(station: string): StationClient;
}

/** An `Open` is one of these: `activity(open)`. Without `session` and `user` it is about whoever is at the panel. */
export interface Said {
  readonly session?: string;
  readonly user?: string;
  /** When it happened, by this station's clock, where that can be relied on. It orders this station's events, and nothing else. */
  readonly occurredAt?: Date | number | string;
  /** To say again what an `Unreachable` was about. @default a new one */
  readonly id?: string;
}

export interface JobSaid extends Said {
  /** What this station calls the job, up to 48 characters: with names several may run at once, and an end ends its own. */
  readonly job?: string;
}

export interface LoginSaid extends Pick<Said, 'occurredAt' | 'id'> {
  /** Ends the session that has been silent the longest, or the one of this handle, and logs in. */
  readonly takeOver?: boolean | string;
}

const ANSWER_WITHIN_MS = 10_000;
const GIVE_UP_AFTER_MS = 30_000;

export function createStationClient(options: StationClientOptions): GatewayClient {
  const { url, station, key, insecure = false } = options;
  checkGiven('station', station);
  checkGiven('key', key);
  const { proof = proofOf(key) } = options;
  const address = parsed(url);
  if (!insecure && !isPrivate(address)) {
    throw new Misused(
      `"${url}" is not https: whoever is on the way reads along, unless insecure: true says that nobody is`,
    );
  }
  const parts: Parts = {
    // The body says which event it is and of which station: a signature covers that, and not the path.
    url: `${url.replace(/\/+$/, '')}/v1/stations/${encodeURIComponent(station)}/events`,
    prove: prover(proof, station, key),
    isSigned: proof === 'signature',
    platform: {
      fetch,
      clock: Date.now,
      random: Math.random,
      wait,
      ...given(options, 'fetch', 'clock', 'random', 'wait'),
    },
    patience: {
      answerWithinMs: ANSWER_WITHIN_MS,
      giveUpAfterMs: GIVE_UP_AFTER_MS,
      ...given(options, 'answerWithinMs', 'giveUpAfterMs'),
    },
  };
  return {
    ...clientOf(parts, undefined),
    for: (other) => {
      // Without one, what is said would be about the gateway itself.
      checkGiven('station', other);
      return clientOf(parts, other);
    },
  };
}

/** An environment variable that is not set comes as '' or, where no types are checked, as nothing. */
function checkGiven(name: 'station' | 'key', text: string | undefined): void {
  if (text === undefined || text === '') throw new Misused(`no ${name} is given`);
}

/** Throws `Misused` for what `fetch` would not take. */
function parsed(url: string): URL {
  try {
    if (/^https?:\/\/[^/]/i.test(url)) return new URL(url);
  } catch {
    // As below.
  }
  throw new Misused(`"${url}" is no URL`);
}

/** Whether nobody between here and there reads along: it is TLS, or does not leave this machine. */
const isPrivate = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);

interface Parts {
  readonly url: string;
  readonly prove: ReturnType<typeof prover>;
  readonly isSigned: boolean;
  readonly platform: Platform;
  readonly patience: Patience;
}

type Fields = { readonly [K in keyof (JobSaid & LoginSaid)]?: (JobSaid & LoginSaid)[K] | undefined };

type SignOfLife = 'ping' | 'activity' | 'job-started' | 'job-ended';

function clientOf({ url, prove, isSigned, platform, patience }: Parts, station: string | undefined): StationClient {
  const pinged = new Set<Pinging>();

  return {
    login: async (user, { takeOver, occurredAt, id } = {}) =>
      readAnswer('login', await tell('login', { user, takeOver, occurredAt, id }), platform.clock()),
    activity: (said) => live('activity', said),
    jobStarted: (said) => live('job-started', said),
    jobEnded: (said) => live('job-ended', said),
    ping: (said) => live('ping', said),
    logout: (said) => leave('logout', said),
    boot: (said) => leave('boot', said),
    keepAlive(open, options) {
      // A user who logs in again where they are goes on with the same session.
      for (const before of pingedOf(open)) before.stop();
      const pinging = startPinging(open, options, {
        platform,
        ping: async (session) => readAnswer('ping', await tell('ping', { session }), platform.clock()),
        onStop: (stopped) => pinged.delete(stopped),
      });
      pinged.add(pinging);
      return pinging;
    },
  };

  async function live(event: SignOfLife, said: JobSaid = {}): Promise<Answer> {
    const about = pingedOf(said);
    const answer = readAnswer(event, await tell(event, said), platform.clock());
    for (const pinging of about) pinging.learn(answer);
    return answer;
  }

  async function leave(event: 'logout' | 'boot', said: Said = {}): Promise<Left> {
    // Before it is sent: no ping may say otherwise, even where Curfew cannot be told.
    for (const pinging of pingedOf(said)) pinging.stop();
    return readLeft(event, await tell(event, said), platform.clock());
  }

  /** The sessions that are kept alive of which this speaks. */
  function pingedOf({ session, user }: Said): readonly Pinging[] {
    return [...pinged].filter(({ open }) =>
      session === undefined ? user === undefined || user === open.user : session === open.session,
    );
  }

  function tell(type: SignOfLife | 'login' | 'logout' | 'boot', said: Fields) {
    const { session, user, takeOver, job, occurredAt, id = crypto.randomUUID() } = said;
    const body = JSON.stringify({
      type,
      station,
      session,
      user,
      takeOver,
      job,
      occurredAt: occurredAt === undefined ? undefined : new Date(occurredAt).toISOString(),
      // A signed delivery has its id in a header that the signature covers.
      ...(isSigned ? {} : { id }),
    });
    const tries = type === 'ping' ? { ...patience, giveUpAfterMs: 0 } : patience;
    return deliver({ url, id, body, prove }, platform, tries);
  }
}

/** The options that are given: one that is `undefined` is not. */
const given = <T extends object, K extends keyof T>(
  options: T,
  ...names: readonly K[]
): { [P in K]?: NonNullable<T[P]> } =>
  Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]])) as {
    [P in K]?: NonNullable<T[P]>;
  };

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
