import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { present } from '../present.ts';
import type { CurfewFunction } from './curfew-function.ts';
import type { CustomerKey } from './customer-key.ts';
import { DeadLetters } from './dead-letters.ts';
import type { SeatTable } from './seat-table.ts';

interface JournalProps {
  /** The bus's. */
  readonly name: string;
  readonly seats: SeatTable;
  /** What turns a change of a seat into history and events. */
  readonly onSeatChange: CurfewFunction;
  readonly customerKey: CustomerKey | undefined;
}

/** From the table's stream to the bus: each change of a seat, in the seat's order, at least once. */
export class Journal extends Construct {
  readonly bus: EventBus;
  /** What neither history nor the bus took. */
  readonly unwritten: DeadLetters;

  constructor(scope: Construct, id: string, props: JournalProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      // By its stage, for rules elsewhere name it; a generated name would be the same in each stage.
      eventBusName: props.name,
      description: 'What became of sessions',
      ...present({ kmsKey: props.customerKey?.key }),
    });

    this.unwritten = new DeadLetters(this, 'Unwritten', props.customerKey);

    props.onSeatChange.addEnvironment('CURFEW_BUS', this.bus.eventBusName);
    props.onSeatChange.allow(['events:PutEvents'], this.bus.eventBusArn);
    props.onSeatChange.addEventSource(
      new DynamoEventSource(props.seats.table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        // Seats only: history and panels are written by this very function, which would wake itself.
        filters: [
          FilterCriteria.filter({
            dynamodb: {
              Keys: { pk: { S: FilterRule.beginsWith('user#') }, sk: { S: FilterRule.beginsWith('seat#') } },
            },
          }),
        ],
        batchSize: 100,
        // An event waits for company this long at most; the batch is what makes a busy minute cheap.
        maxBatchingWindow: Duration.seconds(1),
        // Order holds per item, so one shard of the stream may be worked on by several at once.
        parallelizationFactor: 4,
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        // By default one poison record would hold up its shard for the stream's whole day. Time is the bound that counts:
        // an hour without the bus or the table loses no announcement.
        maxRecordAge: Duration.hours(1),
        retryAttempts: 1_000,
        onFailure: new SqsDlq(this.unwritten),
      }),
    );
  }
}
