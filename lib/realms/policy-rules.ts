/**
 * The rules between the fields of a policy: what contradicts itself is refused, what says nothing or invites trouble is
 * warned of.
 */
import { shown } from '../printable.ts';
import { type DurationMs, durationMs, MINUTE } from '../time.ts';
import { type FullRealmText, lengthIn, PROFILES } from './realm-text.ts';

/** Takes down a finding about a realm: its field, and the sentence without the realm's name. */
export type Say = (level: 'error' | 'warning', field: string, message: string) => void;

/** The suite whose decay the `enterprise` profile models recommends no lease under 4 minutes where stations ping. */
const PINGED_LEASE_MIN = durationMs(4 * MINUTE);

/** As coarse as that suite; the backstop announces nothing before its slot. */
const SWEEP_MAX = durationMs(10 * MINUTE);

interface Told<Value> {
  readonly value: Value;
  /** The field and its value, and whose it is where it is the profile's. */
  readonly said: string;
  /** By the file, not by the profile. */
  readonly isGiven: boolean;
}

interface Length extends Told<string> {
  readonly ms: DurationMs;
}

/** What can be read of a policy; a faulty field is absent. */
type Fields = ReturnType<typeof readFields>;

/** The rules between fields. A faulty field has been spoken of and is left alone; the others are judged without it. */
export function checkRules(given: Partial<FullRealmText>, faulty: ReadonlySet<string>, say: Say): void {
  const fields = readFields(given, faulty);
  for (const check of [
    checkPings,
    checkMaximum,
    checkIdle,
    checkStations,
    checkJob,
    checkRungs,
    checkSeats,
    checkSweep,
    checkSecretUrls,
    checkWebhook,
  ]) {
    check(fields, say);
  }
}

function readFields(given: Partial<FullRealmText>, faulty: ReadonlySet<string>) {
  const profile = faulty.has('profile') ? undefined : given.profile;
  function told<Field extends keyof FullRealmText>(field: Field): Told<NonNullable<FullRealmText[Field]>> | undefined {
    const value: FullRealmText[Field] | undefined = given[field] ?? (profile && PROFILES[profile][field]);
    if (faulty.has(field) || value === undefined) return undefined;
    const isGiven = given[field] !== undefined;
    return { value, said: `${isGiven ? '' : "the profile's "}${field} ${shown(value)}`, isGiven };
  }
  const length = (
    field: 'failover' | 'idle' | 'job' | 'lease' | 'logonToken' | 'maximum' | 'ping' | 'sweep',
  ): Length | undefined => {
    const found = told(field);
    return found && { ...found, ms: lengthIn(found.value) };
  };
  const ownIdles = faulty.has('stations')
    ? []
    : Object.entries(given.stations ?? {})
        .filter(([station]) => !faulty.has(`stations.${station}`))
        .map(([station, { idle }]) => {
          const said = `stations: idle ${shown(idle)} of station ${shown(station)}`;
          return { value: idle, said, isGiven: true, ms: lengthIn(idle) };
        });
  return {
    profile,
    seats: told('seats'),
    idle: length('idle'),
    ownIdles,
    whenIdle: told('whenIdle'),
    ping: length('ping'),
    lease: length('lease'),
    failover: length('failover'),
    logonToken: length('logonToken'),
    maximum: length('maximum'),
    job: length('job'),
    takeOver: told('takeOver'),
    sweep: length('sweep'),
    secretUrls: told('secretUrls'),
    webhook: told('webhook'),
  };
}

function checkPings({ lease, ping }: Fields, say: Say): void {
  if (lease === undefined || ping === undefined || ping.ms === 0) return;
  if (lease.ms <= ping.ms) {
    say('error', 'lease', `${lease.said} must be longer than ${ping.said}: a session would end between two pings`);
    return;
  }
  if (lease.ms < 2 * ping.ms) {
    say('warning', 'lease', `${lease.said} is shorter than two pings (${ping.said}): one lost ping ends a session`);
  }
  if (lease.ms < PINGED_LEASE_MIN) {
    const rule = 'is shorter than 4 minutes although stations ping';
    say('warning', 'lease', `${lease.said} ${rule} (${ping.said}): a short outage ends sessions`);
  }
}

function checkMaximum({ lease, maximum }: Fields, say: Say): void {
  if (lease === undefined || maximum === undefined || maximum.ms >= lease.ms) return;
  say('error', 'maximum', `${maximum.said} must not be shorter than ${lease.said}: the lease could never run out`);
}

function checkIdle(fields: Fields, say: Say): void {
  for (const idle of [fields.idle, ...fields.ownIdles]) {
    const why = idle && uselessness(idle, fields);
    if (why !== undefined) say('warning', idle === fields.idle ? 'idle' : 'stations', `${idle?.said} ${why}`);
  }
}

/** Why another deadline always comes before this idle time. At the same instant idle comes before the lease. */
function uselessness(idle: Length, { whenIdle, lease, ping, maximum }: Fields): string | undefined {
  const lingers = whenIdle?.value === 'linger';
  const never = lingers ? 'no session lingers' : 'no session ends by it';
  if (lease && ping?.ms === 0 && (lingers ? idle.ms >= lease.ms : idle.isGiven && idle.ms > lease.ms)) {
    return `is ${lingers ? 'not shorter' : 'longer'} than ${lease.said}, and stations do not ping: ${never}`;
  }
  // One that is shorter than the lease is at fault itself.
  if (maximum && idle.ms >= maximum.ms && maximum.ms >= (lease?.ms ?? 0)) {
    return `is not shorter than ${maximum.said}: ${never}`;
  }
  return undefined;
}

/** People walk from one web application of a realm to the other: whoever works in one should not fall idle in the other. */
function checkStations({ idle, ownIdles }: Fields, say: Say): void {
  for (const own of ownIdles) {
    if (idle === undefined || own.ms === idle.ms) continue;
    const rule = 'users who work in one web application of the realm should not fall idle in another';
    say('warning', 'stations', `${own.said} differs from ${idle.said}: ${rule}`);
  }
}

function checkJob({ job, idle, ownIdles, lease, maximum }: Fields, say: Say): void {
  if (!job?.isGiven || job.ms === 0) return;
  if (maximum && job.ms > maximum.ms) {
    say(
      'warning',
      'job',
      `${job.said} is longer than ${maximum.said}, which never waits: no job puts an end off so long`,
    );
  }
  if (idle && lease && job.ms <= Math.min(lease.ms, ...[idle, ...ownIdles].map(({ ms }) => ms))) {
    const rule = 'which count from the start of a job too: nothing waits for one';
    say('warning', 'job', `${job.said} is not longer than ${idle.said} and ${lease.said}, ${rule}`);
  }
}

/** The rungs on which a session has lost its seat. */
function checkRungs(fields: Fields, say: Say): void {
  const { failover, logonToken, lease, maximum, profile } = fields;
  if (failover && failover.ms > 0 && lease && maximum?.ms === lease.ms) {
    const rule = `follows the lease, and ${maximum.said} is not longer than ${lease.said}: no session comes to it`;
    say('warning', 'failover', `${failover.said} ${rule}`);
  }
  checkToken(fields, say);
  for (const [field, rung] of [['failover', failover] as const, ['logonToken', logonToken] as const]) {
    if (profile !== 'release-station' || !rung?.isGiven || rung.ms === 0) continue;
    const rule = 'does not count where a station has a panel, since one person after another stands there';
    say('warning', field, `${rung.said} ${rule}: only web applications keep it`);
  }
}

function checkToken({ logonToken: token, failover, idle, lease, maximum, ping, whenIdle }: Fields, say: Say): void {
  if (!token || !failover || !idle || !lease || !maximum || !whenIdle || token.ms === 0) return;
  // Failover follows the lease alone.
  const down = (lost: number) => (maximum.ms <= lost ? maximum.ms : lost + failover.ms);
  const lingers = whenIdle.value === 'linger' && ping?.ms !== 0;
  const silent = down(lingers ? idle.ms + lease.ms : lease.ms);
  const soonest = whenIdle.value === 'end' && idle.ms <= lease.ms ? Math.min(idle.ms, silent) : silent;
  if (token.ms > soonest) return;
  const rule = 'is over before the rungs above it are, even for a user who is idle from the start';
  say('warning', 'logonToken', `${token.said} ${rule}: hardly anyone is remembered`);
}

function checkSeats({ takeOver, seats }: Fields, say: Say): void {
  if (takeOver?.isGiven && seats?.value === 'unlimited') {
    say('warning', 'takeOver', `${takeOver.said} says nothing where ${seats.said}: no login is refused`);
  }
}

function checkSweep({ sweep, failover, lease, whenIdle }: Fields, say: Say): void {
  if (sweep === undefined) return;
  if (sweep.ms > SWEEP_MAX) {
    say('error', 'sweep', `${sweep.said} must not be longer than 10 minutes: so long an end may stay unannounced`);
    return;
  }
  const rule = 'may be over before it is announced';
  if (failover && failover.ms > 0 && failover.ms < sweep.ms) {
    say('warning', 'sweep', `${sweep.said} is longer than ${failover.said}: that rung ${rule}`);
  }
  if (lease && whenIdle?.value === 'linger' && lease.ms < sweep.ms) {
    say(
      'warning',
      'sweep',
      `${sweep.said} is longer than ${lease.said}, the most that a session lingers: that rung ${rule}`,
    );
  }
}

function checkSecretUrls({ secretUrls }: Fields, say: Say): void {
  if (secretUrls?.value !== 'allow') return;
  const rule = 'lets stations in by an address alone, which proxies and browsers keep';
  say('warning', 'secretUrls', `${secretUrls.said} ${rule}: only for firmware that can do nothing else`);
}

function checkWebhook({ webhook }: Fields, say: Say): void {
  if (webhook === undefined || webhook.value.url.startsWith('https:')) return;
  const rule = 'is for trying on one machine: what is deployed sends nothing there';
  say('warning', 'webhook', `webhook: url ${shown(webhook.value.url)} ${rule}`);
}
