/** JSON as people write it: says where a text is none, and which names it repeats, which `JSON.parse` passes over. */

/** A name that stands more than once in the same object; `JSON.parse` keeps only the last. */
export interface RepeatedName {
  /** The names that lead to the object. `undefined` stands for a place in an array. */
  readonly path: readonly (string | undefined)[];
  readonly name: string;
  /** Of each time that it stands there, counted from 1. */
  readonly lines: readonly number[];
}

export type JsonText =
  | { readonly value: unknown; readonly repeated: readonly RepeatedName[] }
  | { readonly fault: string };

export function readJson(text: string): JsonText {
  if (text.startsWith('\uFEFF')) return { fault: 'it begins with a byte order mark; save it as UTF-8 without one' };
  try {
    return { value: JSON.parse(text), repeated: repeatedNames(text) };
  } catch (error) {
    return { fault: faultOf(error instanceof Error ? error.message : String(error), text) };
  }
}

/** The engine's message in one line, and the place in lines and columns where the engine tells it. */
function faultOf(message: string, text: string): string {
  const [told, offset] = / (?:in JSON )?at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message) ?? [];
  const at = offset !== undefined ? Number(offset) : /^Unexpected end\b/.test(message) ? text.length : undefined;
  const what = (told === undefined ? message : message.slice(0, -told.length)).replace(/\s+/g, ' ');
  if (at === undefined) return what;
  const column = at - text.lastIndexOf('\n', at - 1);
  return `${what} at line ${lineOf(text, at)}, column ${column}`;
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;

interface OpenObject {
  /** Each name with where it stands. */
  readonly names: Map<string, number[]>;
  /** The name whose value is being read. */
  last?: string;
}

/**
 * Only for a text that `JSON.parse` takes, so that strings and brackets are all there is to look at. A parser that keeps
 * repeated names would weigh more, in every function, than the rest of the check.
 */
function repeatedNames(text: string): RepeatedName[] {
  const found: RepeatedName[] = [];
  const open: OpenObject[] = [];
  for (const match of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g)) {
    const [token, string, colon] = match;
    const current = open.at(-1);
    if (string !== undefined) {
      if (colon === undefined || current === undefined) continue;
      const name: string = JSON.parse(string);
      current.last = name;
      current.names.set(name, [...(current.names.get(name) ?? []), lineOf(text, match.index)]);
    } else if (token === '{' || token === '[') {
      open.push({ names: new Map() });
    } else {
      open.pop();
      for (const [name, lines] of current?.names ?? []) {
        if (lines.length > 1) found.push({ path: open.map(({ last }) => last), name, lines });
      }
    }
  }
  return found;
}
