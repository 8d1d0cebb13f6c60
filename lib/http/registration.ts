/** What is wrong with a registration that no field shows by itself, and whether it is only tried. */
import type { Realms } from '../session/policy.ts';
import { type Fault, fault, type Read } from '../station/fault.ts';
import type { StationEntry } from '../station/stations.ts';
import type { Query } from './request.ts';

/** What a registration may name. */
interface Allowing {
  readonly realms: Realms;
  readonly dialects: ReadonlySet<string>;
}

/** Whether nothing is to be written: only whether it would be, and what would change. */
export function trialIn(query: Query): Read<boolean> {
  const unknown = [...query].find(([name, value]) => name !== 'dryRun' || value !== 'true');
  return unknown === undefined
    ? { ok: true, value: query.size > 0 }
    : fault(unknown[0], 'is no parameter of this route; there is dryRun=true');
}

/** What no field says by itself. */
export function registrationFaults(entry: StationEntry, { realms, dialects }: Allowing): Fault[] {
  const { realm, kind, proof, speaksFor, dialect } = entry;
  const policy = realms.get(realm);
  if (policy === undefined) return [{ field: 'realm', detail: `must be one of ${[...realms.keys()].join(', ')}` }];
  const faults: Fault[] = [];
  if (speaksFor !== undefined && kind !== 'gateway') {
    faults.push({
      field: 'speaksFor',
      detail: `is for a gateway; of the kind ${kind} a station speaks for itself alone`,
    });
  }
  if (proof === 'url' && policy.secretUrls !== 'allow') {
    const detail = `must not be url: the policy of ${realm} says "secretUrls": "${policy.secretUrls}"`;
    faults.push({ field: 'proof', detail });
  }
  if (dialect !== undefined && !dialects.has(dialect)) {
    const known = [...dialects].join(', ');
    faults.push({ field: 'dialect', detail: `must be one of ${known}; leave it out for JSON as the API has it` });
  }
  return faults;
}

/** What is left out goes back to its default; a `proof` that did would stop a station that nobody meant to stop. */
export function silencedFaults(registered: StationEntry | undefined): Fault[] {
  if (registered === undefined || registered.proof === 'bearer') return [];
  const detail = `is missing: this station is registered with ${registered.proof}; say which it is to be`;
  return [{ field: 'proof', detail }];
}

/** As Node says it of a certificate. */
export const fingerprintOf = (digits: string): string =>
  (digits.replaceAll(':', '').match(/../g) ?? []).join(':').toUpperCase();
