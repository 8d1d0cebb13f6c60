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
}

/** Three to a realm, without panels; one of them tells nothing of who is idle. */
export const STATIONS: readonly StationOfRun[] = REALMS.flatMap(({ realm }) =>
  ['a', 'b', 'c'].map((name) => ({ id: `${realm}-${name}`, realm, reportsActivity: name !== 'c' })),
);

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
        },
        stations: Object.fromEntries(stationsOf(policy.realm).map(({ id, reportsActivity }) => [id, reportsActivity])),
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
