/** The table's stream: what became of seats, taken to history and to the bus. */
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { seatFromImage } from '../lib/aws/seat-item.ts';
import { announce, type SeatChange } from '../lib/session/announce.ts';
import * as runtime from './runtime.ts';

const { history, panels, meter, realms, clock, complain } = runtime;
const bus = runtime.bus();

/** What cannot be read, or was not taken, comes again, and with it everything after it. */
export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const changes: SeatChange[] = [];
  const unread: string[] = [];
  for (const record of event.Records) {
    try {
      changes.push(changeOf(record));
    } catch (error) {
      complain('a change of the table cannot be read', error);
      unread.push(idOf(record));
      break;
    }
  }
  const failed = [...(await announce({ history, panels, bus, meter }, realms, changes, clock())), ...unread];
  return { batchItemFailures: failed.slice(0, 1).map((itemIdentifier) => ({ itemIdentifier })) };
}

const idOf = ({ dynamodb }: DynamoDBRecord): string => dynamodb?.SequenceNumber ?? '';

/** Items that are no seats have no seat in either image: they mean nothing here. */
const changeOf = (record: DynamoDBRecord): SeatChange => ({
  id: idOf(record),
  old: seatFromImage(record.dynamodb?.OldImage),
  now: seatFromImage(record.dynamodb?.NewImage),
});
