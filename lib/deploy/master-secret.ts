import { Validations } from 'aws-cdk-lib';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { present } from '../present.ts';
import type { CurfewFunction } from './curfew-function.ts';
import type { CustomerKey } from './customer-key.ts';
import { removalOf } from './kept.ts';

interface MasterSecretProps {
  /** Whether the secret survives its stack: without it, every station needs a new key. */
  readonly kept: boolean;
  readonly customerKey: CustomerKey | undefined;
  /** Of one that there is already: then none is made. */
  readonly existingArn: string | undefined;
}

/** What the stations' keys derive from. Generated once, known to nobody. */
export class MasterSecret extends Construct {
  private readonly secret: ISecret;
  private readonly customerKey: CustomerKey | undefined;

  constructor(scope: Construct, id: string, props: MasterSecretProps) {
    super(scope, id);
    this.customerKey = props.customerKey;
    if (props.existingArn !== undefined) {
      this.secret = Secret.fromSecretCompleteArn(this, 'Existing', props.existingArn);
      return;
    }
    const secret = new Secret(this, 'Secret', {
      description: "What Curfew's station keys derive from: this version and the one before it (docs/keys.md)",
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: removalOf(props.kept),
      ...present({ encryptionKey: props.customerKey?.key }),
    });
    this.secret = secret as ISecret;
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'To change it changes the key of every station, which only their owners can take to them: an operator does it.',
    });
  }

  get arn(): string {
    return this.secret.secretArn;
  }

  /** Lets the function read the secret, and tells it which one. */
  grantRead(fn: CurfewFunction): void {
    fn.addEnvironment('CURFEW_MASTER_SECRET_ARN', this.secret.secretArn);
    fn.allow(['secretsmanager:GetSecretValue'], this.secret.secretArn);
    this.customerKey?.grantThrough('secretsmanager', fn);
  }
}
