/**
 * The realms file as a function is handed it: checked at synth, with nothing left to check and no default to fill in. So no
 * function that is started anew reads what reading and checking a realms file takes.
 */
import type { Policy, Realms } from '../session/policy.ts';
import type { Mappings } from '../soap/dialect-text.ts';

export interface Compiled {
  readonly realms: Realms;
  /** Of the file alone, by their names. */
  readonly dialects: Mappings;
}

/** @param accepted what `readRealms` has found no error in */
export const compile = ({ realms, dialects }: Compiled): string =>
  JSON.stringify({
    realms: [...realms.values()].map((policy) => ({ ...policy, idleOfStation: [...policy.idleOfStation] })),
    dialects: [...dialects],
  });

/** The inverse of `compile`, of the same version of Curfew. */
export function fromCompiled(text: string): Compiled {
  const { realms, dialects } = JSON.parse(text) as { realms: Written[]; dialects: [string, never][] };
  return {
    realms: new Map(
      realms.map((policy) => [policy.realm, { ...policy, idleOfStation: new Map(policy.idleOfStation) }]),
    ),
    dialects: new Map(dialects),
  };
}

type Written = Omit<Policy, 'idleOfStation'> & { readonly idleOfStation: [string, Policy['idleMs']][] };
