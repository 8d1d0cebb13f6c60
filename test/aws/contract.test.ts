import { describe } from 'vitest';
import { dynamoHistory } from '../../lib/aws/history.ts';
import { dynamoPanels } from '../../lib/aws/panels.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { dynamoStations } from '../../lib/aws/stations.ts';
import { describeChangingSeats } from '../contract/changing-seats.ts';
import { describeFindingSeats } from '../contract/finding-seats.ts';
import { describeHistory } from '../contract/history.ts';
import { describePanels } from '../contract/panels.ts';
import { describeSeats } from '../contract/seats.ts';
import { describeStations } from '../contract/stations.ts';
import { useEngine } from '../support/engine.ts';

describe('on DynamoDB', () => {
  const engine = useEngine();
  const newTable = async () => ({ client: engine.client, name: (await engine.createTable()).name });

  describe('seats', () => describeSeats(async (shards) => dynamoSeats(await newTable(), { shards })));
  describe('changing seats', () => describeChangingSeats(async (shards) => dynamoSeats(await newTable(), { shards })));
  describe('finding seats', () => describeFindingSeats(async (shards) => dynamoSeats(await newTable(), { shards })));
  describe('panels', () => describePanels(async () => dynamoPanels(await newTable())));
  describe('stations', () => describeStations(async () => dynamoStations(await newTable())));
  describe('history', () => describeHistory(async () => dynamoHistory(await newTable())));
});
