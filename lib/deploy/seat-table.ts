import {
  AttributeType,
  Billing,
  type CfnGlobalTable,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TABLE } from '../table.ts';
import type { CurfewFunction } from './curfew-function.ts';
import type { CustomerKey } from './customer-key.ts';
import { removalOf } from './kept.ts';

/** What a function may do to items. Nothing here scans the table, or changes the table itself. */
type ItemAction = 'GetItem' | 'BatchGetItem' | 'Query' | 'UpdateItem' | 'BatchWriteItem';

interface TableGrant {
  readonly items: readonly ItemAction[];
  /** Whether the index of deadlines may be queried. @default false */
  readonly dueIndex?: boolean;
}

interface SeatTableProps {
  /** Whether the table survives its stack. */
  readonly kept: boolean;
  /** Whether it refuses to be deleted. */
  readonly protect: boolean;
  readonly customerKey: CustomerKey | undefined;
}

/** The one table: on demand, with point-in-time recovery, and a stream that the journal reads. */
export class SeatTable extends Construct {
  readonly table: ITableV2;
  private readonly customerKey: CustomerKey | undefined;

  constructor(scope: Construct, id: string, props: SeatTableProps) {
    super(scope, id);
    // The assertion: CDK's declarations are not written for exactOptionalPropertyTypes.
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: TABLE.dueIndex.name,
          partitionKey: { name: TABLE.dueIndex.partitionKey, type: AttributeType.STRING },
          sortKey: { name: TABLE.dueIndex.sortKey, type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
      billing: Billing.onDemand(),
      timeToLiveAttribute: TABLE.ttl,
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.kept && props.protect,
      removalPolicy: removalOf(props.kept),
    });
    this.table = table as ITableV2;
    this.customerKey = props.customerKey;
    if (props.customerKey !== undefined) {
      // Written by hand, for the CDK does so in a stack that knows its Region only, and would grant more use of the key
      // than `grant` does.
      const resource = table.node.defaultChild as CfnGlobalTable;
      resource.addPropertyOverride('SSESpecification', { SSEEnabled: true, SSEType: 'KMS' });
      resource.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', props.customerKey.key.keyArn);
    }
  }

  /** Lets the function do exactly these things, and tells it the table's name. */
  grant(fn: CurfewFunction, grant: TableGrant): void {
    fn.addEnvironment('CURFEW_TABLE', this.table.tableName);
    this.customerKey?.grantThrough('dynamodb', fn);
    fn.allow(
      grant.items.map((action) => `dynamodb:${action}`),
      this.table.tableArn,
    );
    if (grant.dueIndex === true) {
      fn.allow(['dynamodb:Query'], `${this.table.tableArn}/index/${TABLE.dueIndex.name}`);
    }
  }
}
