import { Duration, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { CustomerKey } from './customer-key.ts';

/** With the account's own key where there is one, with SQS's where not. */
export const encryptionBy = (
  customerKey: CustomerKey | undefined,
): Pick<QueueProps, 'encryption' | 'encryptionMasterKey'> =>
  customerKey === undefined
    ? { encryption: QueueEncryption.SQS_MANAGED }
    : { encryption: QueueEncryption.KMS, encryptionMasterKey: customerKey.key };

/** Where something that could not be done is kept for an operator: encrypted, over TLS only. */
export class DeadLetters extends Queue {
  private readonly customerKey: CustomerKey | undefined;

  constructor(scope: Construct, id: string, customerKey: CustomerKey | undefined) {
    super(scope, id, {
      ...encryptionBy(customerKey),
      enforceSSL: true,
      // The most that SQS keeps: a letter outlives a holiday.
      retentionPeriod: Duration.days(14),
    });
    this.customerKey = customerKey;
    const reason = 'It is where letters end: an operator reads it, nothing receives from it and fails.';
    Validations.of(this).acknowledge(
      { id: 'AwsSolutions-SQS3', reason },
      { id: 'Serverless-SQSRedrivePolicy', reason },
    );
  }

  /** To send and nothing else: the CDK's own grant also reads the queue's attributes, and uses the key for anything. */
  override grantSendMessages(grantee: IGrantable): Grant {
    this.customerKey?.grantThrough('sqs', grantee);
    return Grant.addToPrincipal({ grantee, actions: ['sqs:SendMessage'], resourceArns: [this.queueArn] });
  }
}
