/** Stations and their users: what they do by plan, what they do by what they are told, and how their messages fare. */
import type { Station, StationEvent, Verdict } from '../../lib/session/commands.ts';
import { handleOf } from '../../lib/session/handle.ts';
import { nameOf, type SessionName } from '../../lib/session/seat.ts';
import { hasPanel } from '../../lib/station/stations.ts';
import { type EpochMs, epochMs, HOUR, MINUTE, SECOND } from '../../lib/time.ts';
import { type Chance, chance } from './chance.ts';
import type { Cloud } from './cloud.ts';
import {
  type Action,
  type Deed,
  ELSEWHERE,
  type Plan,
  type PlannedClock,
  type PlannedGateway,
  type PlannedStation,
  policyOf,
  REALM,
} from './plan.ts';

/** As long as firmware waits for an answer. */
const PATIENCE = 15 * SECOND;

/** Farther from the time here a signature is none, and a date ahead is refused (lib/station/proof.ts, message.ts). */
const TOLERANCE = 5 * MINUTE;

type Said = Omit<StationEvent, 'now' | 'policy' | 'id'> & { readonly id?: string };

interface Believed {
  readonly user: string;
  readonly name: SessionName;
  /** Of all that were made anew one of the other: where it keeps the handle that it got first. */
  readonly first: SessionName;
}

/** What a gateway may not have got rid of when it crashed: what it passed on in the time before. */
const UNSURE = 5 * MINUTE;

/** One connection for many stations. */
class Gateway {
  readonly dates: PlannedClock;
  private readonly cloud: Cloud;
  private readonly id: string;
  private state: 'up' | 'cut off' | 'crashed' = 'up';
  private queue: (() => void)[] = [];
  private passedOn: { readonly at: number; readonly send: () => void }[] = [];

  constructor(cloud: Cloud, { id, dates, downs }: PlannedGateway) {
    this.cloud = cloud;
    this.id = id;
    this.dates = dates;
    for (const { from, until, crashes } of downs) {
      cloud.agenda.in(from, () => this.goDown(crashes));
      cloud.agenda.in(until, () => this.comeBack());
    }
  }

  pass(send: () => void): void {
    const { now } = this.cloud.agenda;
    if (this.state === 'cut off') this.queue.push(send);
    else if (this.state === 'crashed') this.cloud.happened('lost at a gateway');
    else {
      this.passedOn = [...this.passedOn.filter(({ at }) => at > now - UNSURE), { at: now, send }];
      send();
    }
  }

  private goDown(crashes: boolean): void {
    this.cloud.trace(`${this.id} ${crashes ? 'crashes' : 'is cut off'}`);
    this.state = crashes || this.state === 'crashed' ? 'crashed' : 'cut off';
    if (crashes) this.queue = [];
  }

  private comeBack(): void {
    this.cloud.trace(`${this.id} is back`);
    if (this.state === 'crashed') {
      // It does not know what was answered.
      for (const { send } of this.passedOn) {
        this.cloud.happened('repeated by a gateway');
        send();
      }
    }
    this.state = 'up';
    const { queue } = this;
    this.queue = [];
    if (queue.length > 1) this.cloud.happened('burst of a gateway');
    for (const send of queue) this.pass(send);
  }
}

const inSeconds = (at: EpochMs): EpochMs => epochMs(Math.floor(at / SECOND) * SECOND);

class Place {
  readonly planned: PlannedStation;
  station: Station;
  /** Sessions that it believes to be open, by user. */
  readonly sessions = new Map<string, Believed>();
  /** Those that it has begun to ping. */
  private readonly kept = new Set<string>();
  /** The one on its panel. */
  current: string | undefined;
  private readonly cloud: Cloud;
  private readonly plan: Plan;
  private readonly gateway: Gateway | undefined;
  private readonly others: () => readonly Place[];
  private said = 0;
  private jobs = 0;
  /** By user. */
  private readonly running = new Map<string, string[]>();
  /** About as long as a session can be made anew. */
  private readonly lifetime: number;
  private readonly leaseMs: number;
  stopped = false;

  constructor(
    cloud: Cloud,
    plan: Plan,
    planned: PlannedStation,
    gateway: Gateway | undefined,
    others: () => readonly Place[],
  ) {
    this.gateway = gateway;
    this.others = others;
    this.cloud = cloud;
    this.plan = plan;
    this.planned = planned;
    const { idleMs, leaseMs, failoverMs, logonTokenMs = 0 } = policyOf(plan.fields);
    this.leaseMs = leaseMs;
    this.lifetime = idleMs + leaseMs + Math.max(failoverMs, logonTokenMs);
    const { id, kind, reportsActivity } = planned;
    this.station = { id, realm: REALM, reportsActivity, hasPanel: hasPanel(kind) };
    for (const { at, station } of plan.moves) if (station === id) cloud.agenda.in(at, () => this.move());
  }

  private move(): void {
    const realm = this.station.realm === REALM ? ELSEWHERE : REALM;
    this.cloud.trace(`${this.planned.id} is registered in ${realm}`);
    this.cloud.happened('moved to another realm');
    this.station = { ...this.station, realm };
  }

  do(action: Action): void {
    const { what, user, names, takeOver } = action;
    // What happens next at a station follows from the plan alone, whatever has been left out of it before.
    const draw = chance(this.plan.seed, `${this.planned.id} ${action.n}`);
    switch (what) {
      case 'login':
        this.login(user, takeOver, draw);
        return;
      case 'crash':
        this.cloud.trace(`${this.planned.id} crashes`);
        if (!this.planned.mad) this.sessions.clear();
        this.current = undefined;
        return;
      case 'boot':
        this.forgetPanel();
        this.say({ type: 'boot' }, draw);
        return;
      case 'operator-end':
        this.operatorEnds(user);
        return;
      default: {
        const address = this.address(user, names, action);
        if (address === undefined) return;
        if (what === 'logout') {
          this.sessions.delete(user);
          if (this.current === user) this.current = undefined;
        }
        this.say({ type: what, ...address, ...this.jobOf(what, user, draw) }, draw);
      }
    }
  }

  /** What it calls the job. Now and then it says a thing twice, or ends what never ran. */
  private jobOf(what: Deed, user: string, draw: Chance): Pick<Said, 'job'> {
    if (!this.planned.namesJobs || (what !== 'job-started' && what !== 'job-ended')) return {};
    const running = this.running.get(user) ?? [];
    const isOdd = draw.is(0.15);
    const next = `job ${this.jobs + 1}`;
    if (what === 'job-ended') {
      const job = isOdd ? undefined : running.shift();
      return { job: job ?? next };
    }
    const job = isOdd ? (running[0] ?? next) : next;
    if (job === next) this.jobs++;
    this.running.set(user, [...running.filter((one) => one !== job), job]);
    return { job };
  }

  private login(user: string, takeOver: Action['takeOver'], draw: Chance, named?: SessionName): void {
    const wish = takeOver === 'no' ? {} : { takeOver: named ?? true };
    this.say({ type: 'login', user, ...wish }, draw, (answer) => {
      if (answer.is !== 'taken' || this.stopped) return;
      // The user tries again: at once by ending the other session, or around the instant that they were told.
      const first = answer.holders[0];
      if (takeOver === 'named' && named === undefined && first !== undefined) {
        this.cloud.agenda.in(
          draw.int(500, 20_000),
          () => this.stopped || this.login(user, 'named', draw, nameOf(first)),
        );
      } else if (takeOver === 'no' && draw.is(0.7)) {
        this.cloud.agenda.in(
          answer.retryAfterMs + draw.int(-60, 60),
          () => this.stopped || this.login(user, 'no', draw),
        );
      }
    });
  }

  private address(
    user: string,
    names: Action['names'],
    { n, what }: Pick<Action, 'n' | 'what'>,
  ): Pick<Said, 'session' | 'user'> | undefined {
    if (names === 'foreign') {
      const foreign = this.others()
        .find((place) => place.sessions.has(user))
        ?.sessions.get(user);
      return foreign && { session: foreign.name };
    }
    const believed = this.sessions.get(user);
    if (names === 'session' && believed !== undefined)
      return { session: what === 'logout' && n % 2 === 0 ? believed.first : believed.name };
    if (this.station.hasPanel && (names === 'panel' || n % 6 === 0)) return {};
    return { user };
  }

  private operatorEnds(user: string): void {
    const believed = this.sessions.get(user);
    if (believed === undefined) return;
    this.cloud.trace(`an operator ends ${handleOf(believed.name)}`);
    this.cloud.end(believed.name).catch(() => {});
  }

  private forgetPanel(): void {
    if (this.current !== undefined) this.sessions.delete(this.current);
    this.current = undefined;
  }

  /** Sends it, hears the answer if one comes, and sends it again if none does and the firmware can. */
  private say(said: Omit<Said, 'station' | 'id'>, draw: Chance, then: (answer: Verdict) => void = () => {}): void {
    const { retries, hasIds, signs } = this.planned;
    const dates = this.gateway?.dates ?? this.planned.dates;
    const message: Omit<Said, 'station'> = {
      ...said,
      ...(hasIds ? { id: this.nextId() } : {}),
      ...(dates === undefined ? {} : { occurredAt: this.cloud.timeBy(dates) }),
    };
    let isAnswered = false;
    const heard = (answer: Verdict) => {
      if (isAnswered || this.stopped) return;
      isAnswered = true;
      this.believe(said.type, said.user, answer);
      then(answer);
    };
    const send = (tries: number) => {
      // Each try is signed anew, by the second.
      const signed = signs === undefined ? {} : { signedAt: inSeconds(this.cloud.timeBy(signs)) };
      if (this.gateway === undefined) this.deliver({ ...message, ...signed }, draw, heard);
      else this.gateway.pass(() => this.deliver({ ...message, ...signed }, draw, heard));
      if (tries > 1 && retries) this.cloud.agenda.in(PATIENCE, () => isAnswered || this.stopped || send(tries - 1));
    };
    send(4);
  }

  private nextId(): string {
    return `${++this.said}`;
  }

  private deliver(message: Omit<Said, 'station'>, draw: Chance, heard: (answer: Verdict) => void): void {
    const { rates, agenda } = this.cloud;
    const what = `${message.type}${message.user === undefined ? '' : ` of ${message.user}`}${message.session === undefined ? '' : ` about ${handleOf(message.session)}`}`;
    const arrive = (delay: number) =>
      agenda.in(delay, () => {
        if (this.stopped || !this.isTaken(message)) return;
        this.cloud.hear({ ...message, id: message.id ?? `made up ${this.nextId()}`, station: this.station }).then(
          (answer) => {
            const isLost = draw.is(rates.lostAnswer);
            this.cloud.trace(`${this.planned.id}: ${what}: ${answer.is}${isLost ? ' (the answer is lost)' : ''}`);
            if (!isLost) agenda.in(draw.skewed(5, 200), () => heard(answer));
          },
          (error: Error) => this.cloud.trace(`${this.planned.id}: ${what}: ${error.message}`),
        );
      });
    if (draw.is(rates.lostMessage)) this.cloud.trace(`${this.planned.id}: ${what} is lost`);
    else arrive(draw.is(rates.lateMessage) ? draw.skewed(SECOND, 2 * HOUR) : draw.skewed(5, 200));
    // Some time later, or when what it opened may just have ended; and again and again.
    while (draw.is(rates.repeatedMessage)) arrive(draw.is(0.5) ? draw.skewed(5, HOUR) : draw.int(0, this.lifetime));
  }

  /** The edge takes no date that is far ahead, and no signature that is far from now. */
  private isTaken({ occurredAt, signedAt }: Pick<Said, 'occurredAt' | 'signedAt'>): boolean {
    const { now } = this.cloud.agenda;
    if (occurredAt !== undefined && occurredAt - now > TOLERANCE) return false;
    return signedAt === undefined || Math.abs(now - signedAt) <= TOLERANCE;
  }

  private believe(type: Said['type'], user: string | undefined, answer: Verdict): void {
    switch (answer.is) {
      case 'opened':
      case 'made-anew':
      case 'logged-on-anew':
      case 'renewed':
      case 'resumed':
      case 'repeated': {
        const name = nameOf(answer.seat);
        const goesOn = answer.is === 'made-anew' || answer.is === 'logged-on-anew';
        const first = (goesOn ? this.sessions.get(name.user)?.first : undefined) ?? name;
        const believed = { user: name.user, name, first };
        this.sessions.set(name.user, believed);
        if (this.station.hasPanel && type === 'login') {
          if (this.current !== undefined && this.current !== name.user) this.sessions.delete(this.current);
          this.current = name.user;
        }
        if (!this.kept.has(handleOf(name))) this.keepAlive(believed);
        return;
      }
      case 'gone':
      case 'nothing-open':
      case 'not-yours':
      case 'invalidated':
        if (this.planned.mad || answer.is === 'invalidated' || type === 'logout' || type === 'boot') return;
        if (user !== undefined) this.sessions.delete(user);
        return;
      default:
    }
  }

  /** Pings for as long as it believes in the session, or, where it has lost its mind, for ever. */
  private keepAlive(believed: Believed): void {
    const { kind, mad } = this.planned;
    this.kept.add(handleOf(believed.name));
    if (kind === 'hosted') return;
    const draw = chance(this.plan.seed, `${this.planned.id} pings ${handleOf(believed.name)}`);
    const drawn = draw.one([20 * SECOND, 30 * SECOND, MINUTE]);
    // On a campus nobody pings more often than the lease asks for.
    const every = this.plan.fleet === undefined ? drawn : Math.max(drawn, this.leaseMs / 4);
    let silent = false;
    const ping = (count: number) => {
      if (this.stopped || (!mad && this.sessions.get(believed.user)?.name.epoch !== believed.name.epoch)) return;
      this.say({ type: 'ping', session: believed.name }, draw, (answer) => {
        if (answer.is === 'gone' && !mad) this.sessions.delete(believed.user);
        if (answer.is === 'invalidated' || answer.is === 'lingering') silent = !mad;
      });
      if (count < 60 && !silent && !draw.is(0.02)) this.cloud.agenda.in(every, () => ping(count + 1));
    };
    this.cloud.agenda.in(every, () => ping(1));
  }
}

export class People {
  private readonly places: ReadonlyMap<string, Place>;

  constructor(cloud: Cloud, plan: Plan) {
    const { gateways = [], powerCuts = [] } = plan.fleet ?? {};
    const gatewayOf = new Map(
      gateways.flatMap((planned) => {
        const gateway = new Gateway(cloud, planned);
        return planned.stations.map((station) => [station, gateway] as const);
      }),
    );
    for (const { at } of powerCuts) cloud.agenda.in(at, () => cloud.happened('power cut'));
    this.places = new Map(
      plan.stations.map((planned) => {
        const others = () => [...this.places.values()].filter(({ station }) => station.id !== planned.id);
        return [planned.id, new Place(cloud, plan, planned, gatewayOf.get(planned.id), others)];
      }),
    );
    for (const action of plan.actions) {
      cloud.agenda.at(cloud.start + action.at, () => this.places.get(action.station)?.do(action));
    }
  }

  /** Everybody goes home; what is under way does not arrive any more. */
  stop(): void {
    for (const place of this.places.values()) place.stopped = true;
  }
}
