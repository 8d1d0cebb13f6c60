/** Expressions out of clauses. In a clause's text `#x` is the attribute x, and `:x` the value that the clause gives as x. */
import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { attributes, type Item } from './items.ts';

export interface Clause {
  readonly text: string;
  readonly values: Item;
}

type Values = Parameters<typeof attributes>[0];

/** Values named for their part in the sentence, never for an attribute: those names are the update's. */
export const clause = (text: string, values: Values = {}): Clause => ({ text, values: attributes(values) });

/**
 * Puts each of several clauses in parentheses. DynamoDB refuses an expression with redundant ones: no clause brings a pair
 * around it all, and one alone gets none.
 */
export const allOf = (...clauses: readonly (Clause | undefined)[]): Clause => {
  const given = clauses.filter((one) => one !== undefined);
  const [only, ...others] = given;
  if (only !== undefined && others.length === 0) return only;
  const texts = given.map(({ text }) => text);
  return {
    text: joined(texts, () => texts.map((text) => `(${text})`).join(' AND ')),
    values: Object.assign({}, ...given.map(({ values }) => values)),
  };
};

interface Made<T> {
  readonly next: Map<string, Made<T>>;
  what?: T;
}

/**
 * What is made of a list of texts, once for each list. Texts hold no values, so there are no more lists than kinds of
 * request; and each text is met by its own string again, so that a long one is not read each time.
 */
function madeOnce<T>(): (texts: Iterable<string>, make: () => T) => T {
  const first: Made<T> = { next: new Map() };
  return (texts, make) => {
    let made = first;
    for (const text of texts) {
      const next = made.next.get(text) ?? { next: new Map() };
      if (next !== made.next.get(text)) made.next.set(text, next);
      made = next;
    }
    made.what ??= make();
    return made.what;
  };
}

const joined = madeOnce<string>();

/** What an update does: sets attributes to values, sets some by what they were, and takes some away. */
export interface Update {
  readonly set?: Item;
  /** Such as `#revision = #revision + :one`. */
  readonly compute?: readonly Clause[];
  readonly remove?: readonly string[];
}

/** The request's expressions, with exactly the names and values that they mention. */
export function expressions(
  update: Update,
  condition?: Clause,
): Pick<
  UpdateItemCommandInput,
  'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
> {
  const { set = {}, compute = [], remove = [] } = update;
  const names = Object.keys(set);
  const texts = [...names, SET, ...compute.map(({ text }) => text), COMPUTE, ...remove, REMOVE, condition?.text ?? ''];
  const { aliases, ...fixed } = fixedParts(texts, () => fixedPartsOf(names, compute, remove, condition));
  const values: Item = {};
  names.forEach((name, n) => {
    values[aliases[n] ?? ''] = set[name] as Item[string];
  });
  for (const part of [...compute, condition]) {
    for (const [name, value] of Object.entries(part?.values ?? {})) values[`:${name}`] = value;
  }
  return { ...fixed, ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }) };
}

/** They end the parts of a list of texts: none is a name, nor a clause. */
const [SET, COMPUTE, REMOVE] = ['=', '+', '-'];

/** What does not depend on any value. */
const fixedParts = madeOnce<ReturnType<typeof fixedPartsOf>>();

function fixedPartsOf(
  names: readonly string[],
  compute: readonly Clause[],
  remove: readonly string[],
  condition: Clause | undefined,
) {
  const sets = [...names.map((name) => `#${name} = :${name}`), ...compute.map(({ text }) => text)];
  const UpdateExpression = [
    ...(sets.length === 0 ? [] : [`SET ${sets.join(', ')}`]),
    ...(remove.length === 0 ? [] : [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`]),
  ].join(' ');
  return {
    UpdateExpression,
    ExpressionAttributeNames: namesIn(`${UpdateExpression} ${condition?.text ?? ''}`),
    ...(condition === undefined ? {} : { ConditionExpression: condition.text }),
    aliases: names.map((name) => `:${name}`),
  };
}

/** Every attribute goes by an alias: DynamoDB reserves some 570 words, `ttl` and `shard` among them. */
const namesIn = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/#(\w+)/g)].map(([alias, name = '']) => [alias, name]));
