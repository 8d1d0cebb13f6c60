/** The limit: the SDK's own client, handed the very requests that Curfew makes, ready made, and deciding nothing. */
import {
  ConditionalCheckFailedException,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { createTableWithoutStream, plainClient, putAll, type Reach } from '../engine.ts';
import { OPERATIONS, type Operation } from '../seats.ts';
import { expectThat, type Peer } from './peer.ts';

const TABLE = 'bare';

type Chains = readonly (readonly UpdateItemCommandInput[])[];

/** How many of its conditions do not hold. */
const REFUSED: { readonly [O in Operation]: number } = {
  login: 0,
  ping: 0,
  logout: 0,
  'refused login': 1,
  // The seat is held; and its user, refused a moment ago, is on the panel already.
  'take-over': 2,
};

export function barePeer({ dynamodb }: Reach): Peer {
  const client = plainClient(dynamodb);
  let requests = new Map<Operation, readonly Chains[]>();

  const operate = (operation: Operation) => async (seat: number) => {
    const chains = requests.get(operation)?.[seat] ?? [];
    const refused = await Promise.all(chains.map(follow));
    const count = refused.reduce((sum, each) => sum + each, 0);
    expectThat(count === REFUSED[operation] && chains.length > 0, 'bare SDK', `${operation}: ${count} refused`);
  };

  async function follow(chain: readonly UpdateItemCommandInput[]): Promise<number> {
    let refused = 0;
    for (const request of chain) {
      try {
        await client.send(new UpdateItemCommand(request));
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        refused++;
      }
    }
    return refused;
  }

  return {
    name: 'bare SDK',
    prepare: async (seats, likeness) => {
      await createTableWithoutStream(client, TABLE);
      const all = Array.from({ length: seats }, (_, seat) => seat);
      await putAll(client, TABLE, all.flatMap(likeness.items));
      const ours = (chains: Chains) => chains.map((chain) => chain.map((input) => ({ ...input, TableName: TABLE })));
      requests = new Map(
        OPERATIONS.map((operation) => [operation, all.map((seat) => ours(likeness.requests(operation, seat)))]),
      );
    },
    operations: {
      login: operate('login'),
      ping: operate('ping'),
      logout: operate('logout'),
      'refused login': operate('refused login'),
      'take-over': operate('take-over'),
    },
    close: () => client.destroy(),
  };
}
