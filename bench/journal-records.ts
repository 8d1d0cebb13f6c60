/** Records of the table's stream, as Lambda hands them to the journal, as many as are wanted. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Image, Item } from '../lib/aws/items.ts';
import { TABLE } from './container.ts';
import { sessionImages } from './session-images.ts';

/** What has become of a seat, and so what there is to say of it. */
export const KINDS = ['a login', 'a ping', 'an end', 'an end at a panel'] as const;
export type Kind = (typeof KINDS)[number];

export async function changesOf(client: DynamoDBClient): Promise<Record<Kind, (n: number) => DynamoDBRecord>> {
  const images = await sessionImages(client, TABLE, { shards: 1, hasPanel: false });
  const atPanel = await sessionImages(client, TABLE, { shards: 1, hasPanel: true });
  return {
    'a login': (n) => recordOf(n, undefined, images.opened(n)),
    'a ping': (n) => recordOf(n, images.opened(n), images.pinged(n)),
    'an end': (n) => recordOf(n, images.pinged(n), images.ended(n)),
    'an end at a panel': (n) => recordOf(n, atPanel.pinged(n), atPanel.ended(n)),
  };
}

function recordOf(n: number, OldImage: Item | undefined, NewImage: Item): DynamoDBRecord {
  const images = { ...(OldImage === undefined ? {} : { OldImage: OldImage as Image }), NewImage: NewImage as Image };
  return {
    eventID: `event-${n}`,
    eventName: OldImage === undefined ? 'INSERT' : 'MODIFY',
    dynamodb: { SequenceNumber: String(n), ...images },
  } as DynamoDBRecord;
}
