import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Where something that could not be done is kept for an operator: encrypted, over TLS only. */
export class DeadLetters extends Queue {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // The most that SQS keeps: a letter outlives a holiday.
      retentionPeriod: Duration.days(14),
    });
  }
}
