/**
 * Updates that are done once however often they are sent. The SDK sends a write again whose answer was lost: the repeat
 * finds the first one's work, and must be answered as the first would have been.
 */
import { randomUUID } from 'node:crypto';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { allOf, type Clause, clause, expressions, type Update } from './clauses.ts';
import { askIf } from './faults.ts';
import { type Item, type Table, textIf } from './items.ts';

export interface OneUpdate {
  readonly key: Item;
  readonly update: Update;
  readonly condition?: Clause | undefined;
  /** The attribute that keeps the token of the item's last write. @default 'lastWrite' */
  readonly tokenName?: string;
}

/** A lost race is a value. `item` is the item as it is now: after the write if it won, in its way if it did not. */
export type Once =
  | { readonly won: true; readonly item: Item }
  | { readonly won: false; readonly item: Item | undefined };

/**
 * One conditional update that leaves a token of its own, and is refused where it finds it: then it was done before, and
 * has won. It knows itself as long as no other write under this name has come between; one that comes later is weighed
 * anew, by its condition.
 */
export async function once(
  { client, name: TableName }: Table,
  port: string,
  { key, update, condition, tokenName = 'lastWrite' }: OneUpdate,
): Promise<Once> {
  const token = newToken();
  const withToken = { ...update, set: { ...update.set, [tokenName]: { S: token } } };
  // The token's value is the update's: both expressions name it.
  const notThisWrite = clause(`attribute_not_exists(#${tokenName}) OR #${tokenName} <> :${tokenName}`);
  const command = new UpdateItemCommand({
    TableName,
    Key: key,
    ...expressions(withToken, allOf(condition, notThisWrite)),
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const written = await askIf(port, () => client.send(command));
  if (written.won) return { won: true, item: written.output.Attributes ?? {} };
  const { item } = written;
  return item !== undefined && textIf(item, tokenName) === token ? { won: true, item } : { won: false, item };
}

/** 48 bits in eight characters, of a UUID, for which Node draws chance in stock: of all that may be asked about one item within seconds, no two are ever the same. */
const newToken = (): string => Buffer.from(randomUUID().slice(-12), 'hex').toString('base64url');
