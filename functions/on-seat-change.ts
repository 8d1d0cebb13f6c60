/** The table's stream: what became of seats, taken to history and to the bus. */
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { seatFromImage } from '../lib/aws/seat-item.ts';
import { announce, type SeatChange } from '../lib/service/announce.ts';
import { clock, complain, createBus, history, meter, panels, realms } from './runtime.ts';

const bus = createBus();

/** The stream goes on from the first that was not taken; everything after it comes again, and is announced as before. */
export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const ports = { history, panels, bus, meter, complain };
  const failed = await announce(ports, realms, event.Records.flatMap(changesOf), clock());
  return { batchItemFailures: failed.slice(0, 1).map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Read again, it would be no more readable, and would hold up everything behind it: it is counted and let go. */
function changesOf(record: DynamoDBRecord): SeatChange[] {
  try {
    return [changeOf(record)];
  } catch (error) {
    complain(`change ${record.eventID} of the table cannot be read`, error);
    meter.add('UnreadableItem', 1);
    return [];
  }
}

/** Items that are no seats have no seat in either image: they mean nothing here. */
const changeOf = (record: DynamoDBRecord): SeatChange => ({
  id: record.dynamodb?.SequenceNumber ?? '',
  old: seatFromImage(record.dynamodb?.OldImage),
  now: seatFromImage(record.dynamodb?.NewImage),
});
