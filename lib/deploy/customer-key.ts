import { Duration, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { removalOf } from './kept.ts';

/** What each service asks of the key on behalf of its caller, who needs these rights for it, and no more. */
const NEEDED = {
  // Its manual's minimum for whoever reads or writes an encrypted table, but for what only its maker needs.
  dynamodb: [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  secretsmanager: ['kms:Decrypt'],
  // To send. It also decrypts, to see that the message can be read again.
  sqs: ['kms:Decrypt', 'kms:GenerateDataKey'],
} as const;

/** Where CloudWatch wants the logs of services that deliver them themselves. */
export const VENDED_LOGS = '/aws/vendedlogs/';

interface CustomerKeyProps {
  /** Its alias. */
  readonly name: string;
  /** Whether the key survives its stack: what it encrypted cannot be read without it. */
  readonly kept: boolean;
}

/**
 * A key of the account's own for what is kept: table and stream, master secret, dead letters, bus, logs. Whoever may use it
 * may do so through one service only, never by calling KMS.
 */
export class CustomerKey extends Construct {
  readonly key: IKey;

  constructor(scope: Construct, id: string, props: CustomerKeyProps) {
    super(scope, id);
    const { stackName, account, region, partition } = Stack.of(this);
    this.key = new Key(this, 'Key', {
      alias: props.name,
      description: `What ${props.name} keeps is encrypted with this`,
      enableKeyRotation: true,
      removalPolicy: removalOf(props.kept),
      // The shortest that KMS allows: a stage whose key may go has lost its data with its stack.
      ...(props.kept ? {} : { pendingWindow: Duration.days(7) }),
    });
    // CloudWatch Logs acts for itself, not for a caller. The names of our groups begin as CloudFormation's names do.
    this.key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
        // In a key's policy: this key.
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': [stackName, `${VENDED_LOGS}${props.name}`].map(
              (name) => `arn:${partition}:logs:${region}:${account}:log-group:${name}-*`,
            ),
          },
        },
      }),
    );
  }

  /** Lets a service which acts for itself send to what is encrypted: an alarm to its topic, an event to its queue. */
  grantService(principal: 'cloudwatch.amazonaws.com' | 'events.amazonaws.com'): void {
    this.key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(principal)],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
  }

  /** Lets this role use the key through that service. */
  grantThrough(service: keyof typeof NEEDED, grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: [...NEEDED[service]],
        resources: [this.key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `${service}.${Stack.of(this).region}.amazonaws.com` } },
      }),
    );
  }
}
