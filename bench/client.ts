/**
 * What the SDK itself asks of the processor for one conditional update, without a network: its client as it comes, and ours.
 * `node --import tsx bench/client.ts` prints both, in microseconds.
 */
import { Readable } from 'node:stream';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../lib/aws/clients.ts';
import { spreadOf } from './statistics.ts';

const ROUNDS = 20;
const WARM_UP = 4;
const UPDATES = 250;

const ANSWER = JSON.stringify({
  Attributes: {
    pk: { S: 'user#campus-print#ana' },
    sk: { S: 'seat#0' },
    epoch: { N: '1790000000000' },
    leaseAt: { N: '1790000300000' },
    station: { S: 'lib-1' },
    revision: { N: '3' },
  },
});

/** Answers each request at once, with the same. */
const requestHandler = {
  handle: async () => ({
    response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from(ANSWER)]) },
  }),
};

const update = () =>
  new UpdateItemCommand({
    TableName: 'sessions',
    Key: { pk: { S: 'user#campus-print#ana' }, sk: { S: 'seat#0' } },
    UpdateExpression: 'SET #heardAt = :heardAt, #leaseAt = :leaseAt, #others = :others',
    ConditionExpression: '#epoch = :epoch AND #leaseAt > :heardAt',
    ExpressionAttributeNames: { '#heardAt': 'heardAt', '#leaseAt': 'leaseAt', '#others': 'others', '#epoch': 'epoch' },
    ExpressionAttributeValues: {
      ':heardAt': { N: '1790000000000' },
      ':leaseAt': { N: '1790000300000' },
      ':epoch': { N: '1790000000000' },
      ':others': { L: [{ S: 'aGVhcmQx' }, { S: 'aGVhcmQy' }] },
    },
    ReturnValues: 'ALL_NEW',
  });

const config = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  requestHandler: requestHandler as never,
};
const clients = { 'as it comes': new DynamoDBClient(config), ours: dynamoClient(config) };
const taken = new Map<string, number[]>(Object.keys(clients).map((name) => [name, []]));
for (let round = 0; round < WARM_UP + ROUNDS; round++) {
  for (const [name, client] of Object.entries(clients)) {
    const before = process.cpuUsage();
    for (let n = 0; n < UPDATES; n++) await client.send(update());
    const { user, system } = process.cpuUsage(before);
    if (round >= WARM_UP) taken.get(name)?.push((user + system) / UPDATES);
  }
}
for (const [name, times] of taken) console.log(`${name}: ${spreadOf(times).median.toFixed(0)} µs an update`);
process.exit();
