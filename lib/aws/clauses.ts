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
  return {
    text: given.map(({ text }) => `(${text})`).join(' AND '),
    values: Object.assign({}, ...given.map(({ values }) => values)),
  };
};

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
  const sets = [...Object.keys(set).map((name) => `#${name} = :${name}`), ...compute.map(({ text }) => text)];
  const UpdateExpression = [
    ...(sets.length === 0 ? [] : [`SET ${sets.join(', ')}`]),
    ...(remove.length === 0 ? [] : [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`]),
  ].join(' ');
  const values: Item = Object.assign({}, set, ...compute.map((part) => part.values), condition?.values);
  return {
    UpdateExpression,
    ExpressionAttributeNames: namesIn(`${UpdateExpression} ${condition?.text ?? ''}`),
    ...(condition === undefined ? {} : { ConditionExpression: condition.text }),
    ...(Object.keys(values).length === 0
      ? {}
      : { ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([k, v]) => [`:${k}`, v])) }),
  };
}

/** By the text that has them: it holds no values, so there are no more texts than kinds of request. */
const known = new Map<string, Record<string, string>>();

/** Every attribute goes by an alias: DynamoDB reserves some 570 words, `ttl` and `shard` among them. */
function namesIn(text: string): Record<string, string> {
  const found =
    known.get(text) ?? Object.fromEntries([...text.matchAll(/#(\w+)/g)].map(([alias, name = '']) => [alias, name]));
  known.set(text, found);
  return found;
}
