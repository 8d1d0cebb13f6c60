/** The dialects that need no mention in the realms file. One of the same name there stands in place of the one here. */
import sharp from '../../dialects/sharp-osa.json' with { type: 'json' };
import xerox from '../../dialects/xerox-convenience-authentication.json' with { type: 'json' };
import { checkDialect, type Mapping, type Mappings } from './dialect-text.ts';

const SHIPPED: { readonly [name: string]: unknown } = {
  'sharp-osa': sharp,
  'xerox-convenience-authentication': xerox,
};

export const shippedDialects = (): string[] => Object.keys(SHIPPED);

/** The names of all that a station may be registered with. */
export const dialectNames = (own: Mappings): ReadonlySet<string> =>
  new Set([...own.keys(), ...shippedDialects()].sort());

const checked = new Map<string, Mapping>();

/** Looked at when it is first asked for: most stations speak JSON. */
export function dialectCalled(name: string, own: Mappings): Mapping | undefined {
  const known = own.get(name) ?? checked.get(name);
  if (known !== undefined || !Object.hasOwn(SHIPPED, name)) return known;
  const mapping = checkDialect(name, SHIPPED[name], (place, message) => {
    throw new Error(`dialect ${name}: ${place} ${message}`);
  });
  if (mapping !== undefined) checked.set(name, mapping);
  return mapping;
}
