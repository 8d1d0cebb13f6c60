/** The realms of the torture run, with deadlines so short that many come during it, and what its checker must know of them. */

import { readRealms } from '../../lib/realms/realms-file.ts';
import type { Policy } from '../../lib/session/policy.ts';

const release = { profile: 'release-station', idle: '2s', lease: '3s', maximum: '15s', job: '3s', sweep: '1s' };
const enterprise = {
  profile: 'enterprise',
  idle: '1s',
  ping: '1s',
  lease: '2s',
  failover: '2s',
  logonToken: '9s',
  maximum: '15s',
  job: '2s',
  sweep: '1s',
};

export const REALMS_JSON = JSON.stringify({
  realms: {
    one: release,
    three: { ...release, seats: 3 },
    suite: enterprise,
    desk: { ...enterprise, seats: 1 },
  },
});

const { realms, errors } = readRealms(REALMS_JSON);
if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));

export const REALMS: readonly Policy[] = [...realms.values()];

export interface StationOfRun {
  readonly id: string;
  readonly realm: string;
  readonly reportsActivity: boolean;
  readonly hasPanel: boolean;
}

/** Realms whose users come to printers with panels too, and stand there one after the other. */
export const hasPanels = (realm: string): boolean => realm === 'one' || realm === 'three';

/** So many panels a realm has; each crowd of users stands at two of them. */
const PANELS = 12;

const applicationOf = (realm: string, name: string): StationOfRun => ({
  id: `${realm}-${name}`,
  realm,
  reportsActivity: name !== 'c',
  hasPanel: false,
});

const panelOf = (realm: string, n: number): StationOfRun => ({
  id: `${realm}-panel-${n}`,
  realm,
  reportsActivity: n % 3 !== 0,
  hasPanel: true,
});

/** Three web applications to a realm, one of which tells nothing of who is idle; and panels. */
export const STATIONS: readonly StationOfRun[] = REALMS.flatMap(({ realm }) => [
  ...['a', 'b', 'c'].map((name) => applicationOf(realm, name)),
  ...(hasPanels(realm) ? Array.from({ length: PANELS }, (_, n) => panelOf(realm, n)) : []),
]);

/** Where the users of a crowd go: every web application of the realm, and panels of their own. */
export const stationsOfCrowd = (realm: string, crowd: number): readonly StationOfRun[] => {
  const own = [0, 1].map((n) => panelOf(realm, (2 * crowd + n) % PANELS).id);
  return stationsOf(realm).filter(({ id, hasPanel }) => !hasPanel || own.includes(id));
};

export const stationsOf = (realm: string): readonly StationOfRun[] =>
  STATIONS.filter((station) => station.realm === realm);

/** The first line of a history. */
export const realmsLine = () => ({
  realms: Object.fromEntries(
    REALMS.map((policy) => [
      policy.realm,
      {
        policy: {
          seats: policy.seats === 'unlimited' ? 0 : policy.seats,
          idle: policy.idleMs,
          lingers: policy.whenIdle === 'linger',
          lease: policy.leaseMs,
          failover: policy.failoverMs,
          logonToken: policy.logonTokenMs ?? 0,
          maximum: policy.maximumMs,
          job: policy.jobMs,
        },
        stations: Object.fromEntries(
          stationsOf(policy.realm).map(({ id, reportsActivity, hasPanel }) => [
            id,
            { reports: reportsActivity, hasPanel },
          ]),
        ),
      },
    ]),
  ),
});

export function policyOf(realm: string): Policy {
  const policy = realms.get(realm);
  if (policy === undefined) throw new Error(`there is no realm ${realm}`);
  return policy;
}

export function stationOf(id: string): StationOfRun {
  const station = STATIONS.find((known) => known.id === id);
  if (station === undefined) throw new Error(`there is no station ${id}`);
  return station;
}
