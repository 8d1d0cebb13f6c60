/** What this version announces of changes of the table: the events as the bus gets them, in their order. */
import type { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { DynamoDBRecord } from 'aws-lambda';
import { eventBridgeBus } from '../../lib/aws/bus.ts';
import { seatFromImage } from '../../lib/aws/seat-item.ts';
import { journalOf } from '../../lib/session/journal.ts';

export async function announcedOf(changes: readonly DynamoDBRecord[]): Promise<object[]> {
  const events: object[] = [];
  const client = {
    send: async ({ input: { Entries = [] } }: PutEventsCommand) => {
      for (const { DetailType, Detail = '' } of Entries) events.push({ type: DetailType, ...JSON.parse(Detail) });
      return { Entries: Entries.map(() => ({ EventId: 'taken' })) };
    },
  } as unknown as EventBridgeClient;
  for (const { dynamodb } of changes) {
    const entries = journalOf(seatFromImage(dynamodb?.OldImage), seatFromImage(dynamodb?.NewImage));
    await eventBridgeBus(client, 'curfew').announce(entries);
  }
  return events;
}
