/**
 * A session service as one would write it in an afternoon: look whether somebody is there, write that somebody is, and one
 * timer a session, taken back at logout. Two logins at once both succeed; that is not measured here.
 */
import { CreateTableCommand, DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateScheduleCommand, DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { attributes, numberIf, textIf } from '../../lib/aws/items.ts';
import { schedulerClient } from '../../lib/aws/timers.ts';
import { plainClient, putAll, type Reach } from '../engine.ts';
import { holderAt, panelAt, seatDigits, userAt } from '../seats.ts';
import { expectThat, type Peer } from './peer.ts';

const TABLE = 'naive';
const LEASE_MS = 3_600_000;
const NAME = 'naive service';

export function naivePeer(reach: Reach): Peer {
  const client = plainClient(reach.dynamodb);
  const scheduler = schedulerClient({ ...reach.scheduler });
  const timers = new Map<string, string>();

  async function logIn(user: string, station: string): Promise<boolean> {
    const now = Date.now();
    const { Item } = await client.send(
      new GetItemCommand({ TableName: TABLE, Key: keyOf(user), ConsistentRead: true }),
    );
    if (Item !== undefined && (numberIf(Item, 'leaseAt') ?? 0) > now) return false;
    await client.send(new PutItemCommand({ TableName: TABLE, Item: sessionOf(user, station, now) }));
    const timer = `${user}-${crypto.randomUUID()}`;
    await scheduler.send(
      new CreateScheduleCommand({
        Name: timer,
        ScheduleExpression: `at(${new Date(now + LEASE_MS).toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: 'arn:aws:lambda:us-east-1:000000000000:function:end-session',
          RoleArn: 'arn:aws:iam::000000000000:role/timers',
          Input: JSON.stringify({ user }),
        },
      }),
    );
    timers.set(user, timer);
    return true;
  }

  async function ping(user: string): Promise<void> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: TABLE, Key: keyOf(user), ConsistentRead: true }),
    );
    const station = Item && textIf(Item, 'station');
    if (station === undefined) throw new Error(`${NAME}: there is no session`);
    await client.send(new PutItemCommand({ TableName: TABLE, Item: sessionOf(user, station, Date.now()) }));
  }

  async function logOut(user: string): Promise<void> {
    await client.send(new DeleteItemCommand({ TableName: TABLE, Key: keyOf(user) }));
    await scheduler.send(new DeleteScheduleCommand({ Name: timers.get(user) }));
    timers.delete(user);
  }

  return {
    name: NAME,
    prepare: async (seats) => {
      await client.send(
        new CreateTableCommand({
          TableName: TABLE,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'user', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'user', AttributeType: 'S' }],
        }),
      );
      const digits = Array.from({ length: seats }, (_, seat) => seatDigits(seat));
      await putAll(
        client,
        TABLE,
        digits.map((seat) => sessionOf(holderAt(seat), panelAt(seat, 'b'), Date.now())),
      );
    },
    operations: {
      login: async (seat) => {
        const digits = seatDigits(seat);
        expectThat(await logIn(userAt(digits), panelAt(digits, 'a')), NAME, 'somebody is there');
      },
      ping: (seat) => ping(userAt(seatDigits(seat))),
      logout: (seat) => logOut(userAt(seatDigits(seat))),
      'refused login': async (seat) => {
        const digits = seatDigits(seat);
        expectThat(!(await logIn(holderAt(digits), panelAt(digits, 'c'))), NAME, 'nobody is there');
      },
    },
    close: () => {
      client.destroy();
      scheduler.destroy();
    },
  };
}

const keyOf = (user: string) => attributes({ user });

const sessionOf = (user: string, station: string, now: number) =>
  attributes({ user, station, session: crypto.randomUUID(), openedAt: now, heardAt: now, leaseAt: now + LEASE_MS });
