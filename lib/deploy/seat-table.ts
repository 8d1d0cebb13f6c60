import {
  AttributeType,
  Billing,
  type CfnGlobalTable,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TABLE } from '../table.ts';
import type { CurfewFunction } from './curfew-function.ts';
import type { CustomerKey } from './customer-key.ts';
import { removalOf } from './kept.ts';

/** What a function may do to items. Nothing here scans the table, or changes the table itself. */
type ItemAction = 'GetItem' | 'BatchGetItem' | 'Query' | 'UpdateItem' | 'BatchWriteItem';

type Family = keyof typeof TABLE.partitions;

/** What may be done to the items of each family, which the partition key tells; what is not named, nothing. */
interface TableGrant extends Partial<Readonly<Record<Family, readonly ItemAction[]>>> {
  /** Whether the index of deadlines may be queried. @default false */
  readonly dueIndex?: boolean;
  /** Whether registrations may be written, beside the panels that stand with them. @default false */
  readonly registrations?: boolean;
}

/** A table that the stack has not made: restored to a point in time, or taken along from elsewhere. */
export interface ExistingTable {
  readonly name: string;
  /** Of its stream, which has new and old images. */
  readonly streamArn: string;
}

interface SeatTableProps {
  /** Whether the table survives its stack. */
  readonly kept: boolean;
  /** Whether it refuses to be deleted. */
  readonly protect: boolean;
  readonly customerKey: CustomerKey | undefined;
  /** One that there is already: then none is made. */
  readonly existing: ExistingTable | undefined;
}

/** The one table: on demand, with point-in-time recovery, and a stream that the journal reads. */
export class SeatTable extends Construct {
  readonly table: ITableV2;
  private readonly customerKey: CustomerKey | undefined;

  constructor(scope: Construct, id: string, props: SeatTableProps) {
    super(scope, id);
    this.customerKey = props.customerKey;
    if (props.existing !== undefined) {
      const { name: tableName, streamArn: tableStreamArn } = props.existing;
      this.table = TableV2.fromTableAttributes(this, 'Existing', { tableName, tableStreamArn });
      return;
    }
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
    if (props.customerKey !== undefined) {
      // Written by hand, for the CDK does so in a stack that knows its Region only, and would grant more use of the key
      // than `grant` does.
      const resource = table.node.defaultChild as CfnGlobalTable;
      resource.addPropertyOverride('SSESpecification', { SSEEnabled: true, SSEType: 'KMS' });
      resource.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', props.customerKey.key.keyArn);
    }
  }

  /** Lets the function do exactly these things, and tells it the table's name. */
  grant(fn: CurfewFunction, { dueIndex = false, registrations = false, ...families }: TableGrant): void {
    fn.addEnvironment('CURFEW_TABLE', this.table.tableName);
    this.customerKey?.grantThrough('dynamodb', fn);
    for (const [actions, prefixes] of byActions(families)) {
      fn.allow(
        actions.map((action) => `dynamodb:${action}`),
        this.table.tableArn,
        { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': prefixes.map((prefix) => `${prefix}*`) } },
      );
    }
    if (!registrations && families.station?.includes('UpdateItem') === true) {
      // A panel and a registration have one partition key: what tells them apart is what is written.
      fn.addToRolePolicy(
        new PolicyStatement({
          effect: Effect.DENY,
          actions: ['dynamodb:UpdateItem'],
          resources: [this.table.tableArn],
          conditions: { 'ForAnyValue:StringEquals': { 'dynamodb:Attributes': [...TABLE.ofRegistration] } },
        }),
      );
    }
    if (dueIndex) fn.allow(['dynamodb:Query'], `${this.table.tableArn}/index/${TABLE.dueIndex.name}`);
  }
}

/** Families of which the same may be done are granted together: a role's policies have 10 KB in all. */
function byActions(families: Partial<Record<Family, readonly ItemAction[]>>): [ItemAction[], string[]][] {
  const prefixesOf = new Map<string, string[]>();
  for (const [family, actions = []] of Object.entries(families)) {
    const key = [...actions].sort().join(' ');
    prefixesOf.set(key, [...(prefixesOf.get(key) ?? []), TABLE.partitions[family as Family]]);
  }
  return [...prefixesOf].map(([key, prefixes]) => [key.split(' ') as ItemAction[], prefixes]);
}
