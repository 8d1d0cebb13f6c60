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
  | {
      readonly value: unknown;
      readonly repeated: readonly RepeatedName[];
      /** Objects and arrays within each other: 0 for a plain value. */
      readonly depth: number;
    }
  | { readonly fault: string };

export function readJson(text: string): JsonText {
  if (text.startsWith('\uFEFF')) return { fault: 'it begins with a byte order mark; save it as UTF-8 without one' };
  try {
    return { value: JSON.parse(text), ...structureOf(text) };
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

/** In one pass for all of them: a text may be full of them, and it may be hostile. */
function linesOf(text: string, offsets: readonly number[]): number[] {
  let line = 1;
  let lineEnd = text.indexOf('\n');
  return offsets.map((offset) => {
    for (; lineEnd !== -1 && lineEnd < offset; lineEnd = text.indexOf('\n', lineEnd + 1)) line += 1;
    return line;
  });
}

interface OpenObject {
  /** Where each name stands. */
  readonly names: Map<string, number[]>;
  /** The name whose value is being read. */
  last?: string;
}

/**
 * Only for a text that `JSON.parse` takes, so that strings and brackets are all there is to look at. A parser that keeps
 * repeated names would weigh more, in every function, than the rest of the check.
 */
function structureOf(text: string): { repeated: RepeatedName[]; depth: number } {
  const repeated: RepeatedName[] = [];
  const open: OpenObject[] = [];
  let depth = 0;
  for (const match of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g)) {
    const [token, string, colon] = match;
    const current = open.at(-1);
    if (string !== undefined) {
      if (colon === undefined || current === undefined) continue;
      const name: string = JSON.parse(string);
      current.last = name;
      const offsets = current.names.get(name);
      if (offsets === undefined) current.names.set(name, [match.index]);
      else offsets.push(match.index);
    } else if (token === '{' || token === '[') {
      open.push({ names: new Map() });
      depth = Math.max(depth, open.length);
    } else {
      open.pop();
      for (const [name, offsets] of current?.names ?? []) {
        if (offsets.length === 1) continue;
        repeated.push({ path: open.map(({ last }) => last), name, lines: linesOf(text, offsets) });
      }
    }
  }
  return { repeated, depth };
}
