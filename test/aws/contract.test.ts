import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from 'vitest';
import { dynamoHistory } from '../../lib/aws/history.ts';
import { dynamoPanels } from '../../lib/aws/panels.ts';
import { dynamoRefusals } from '../../lib/aws/refusals.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { dynamoStations } from '../../lib/aws/stations.ts';
import { dynamoTrail } from '../../lib/aws/trail.ts';
import { describeChangingSeats } from '../contract/changing-seats.ts';
import { describeFindingSeats } from '../contract/finding-seats.ts';
import { describeHearing } from '../contract/hearing.ts';
import { describeHistory } from '../contract/history.ts';
import { describePanels } from '../contract/panels.ts';
import { describeRefusals } from '../contract/refusals.ts';
import { describeSeats } from '../contract/seats.ts';
import { describeStations } from '../contract/stations.ts';
import { describeTrail } from '../contract/trail.ts';
import { doubling } from '../support/doubling.ts';
import { useEngine } from '../support/engine.ts';

const engine = useEngine();
let doubled: DynamoDBClient;
beforeAll(() => {
  doubled = doubling(new DynamoDBClient(engine.config));
});
afterAll(() => doubled.destroy());

const tableOf = async (client: () => DynamoDBClient) => ({
  client: client(),
  name: (await engine.createTable()).name,
});

describe.each([
  ['on DynamoDB', () => engine.client],
  ['on DynamoDB, with each write sent twice', () => doubled],
])('%s', (_, client) => {
  describe('stations', () => describeStations(async () => dynamoStations(await tableOf(client))));
  describe('history', () => describeHistory(async () => dynamoHistory(await tableOf(client))));
  describe('refusals', () => describeRefusals(async () => dynamoRefusals(await tableOf(client))));
  describe('the trail', () => describeTrail(async () => dynamoTrail(await tableOf(client))));
  const seats = async (shards: number) => dynamoSeats(await tableOf(client), { shards });
  describe('seats', () => describeSeats(seats));
  describe('changing seats', () => describeChangingSeats(seats));
  describe('finding seats', () => describeFindingSeats(seats));
  describe('what is heard on seats', () => describeHearing(seats));
  describe('panels', () => describePanels(async () => dynamoPanels(await tableOf(client))));
});
