/** Items as DynamoDB has them: attributes by name, each a text, a number or a truth. */
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../table.ts';

/** The one table, and the client through which it is reached. */
export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
}

export type Item = Record<string, AttributeValue>;

/** An item as it is read: from the table, or as an image of its stream, whose types differ and whose form is the same. */
export type Image = Readonly<Record<string, { readonly S?: string; readonly N?: string; readonly BOOL?: boolean }>>;

/** Where an item is. */
export const keyOf = (partition: string, sort: string): Item => ({
  [TABLE.partitionKey]: { S: partition },
  [TABLE.sortKey]: { S: sort },
});

/** Attributes of these names; what is `undefined` has none. */
export function attributes(values: Readonly<Record<string, string | number | boolean | undefined>>): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string') item[name] = { S: value };
    if (typeof value === 'number') item[name] = { N: String(value) };
    if (typeof value === 'boolean') item[name] = { BOOL: value };
  }
  return item;
}

export const textIf = (item: Image, name: string): string | undefined => item[name]?.S;
export const textOf = (item: Image, name: string): string => textIf(item, name) ?? missing(item, name);

export function numberIf(item: Image, name: string): number | undefined {
  const digits = item[name]?.N;
  return digits === undefined ? undefined : Number(digits);
}

export const numberOf = (item: Image, name: string): number => numberIf(item, name) ?? missing(item, name);
export const truthOf = (item: Image, name: string): boolean => item[name]?.BOOL ?? missing(item, name);

/** Epoch seconds, as the table's garbage collection wants them; a started second is a whole one. */
export const toEpochSeconds = (at: number): number => Math.ceil(at / 1_000);

function missing(item: Image, name: string): never {
  // Its key names a user, and errors end in logs: whoever needs the item finds it by what it lacks.
  const kind = item[TABLE.sortKey]?.S?.split('#')[0];
  throw new Error(`an item of kind "${kind}" has no ${name} as this version writes it`);
}
