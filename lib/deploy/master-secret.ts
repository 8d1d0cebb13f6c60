import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { CurfewFunction } from './curfew-function.ts';

interface MasterSecretProps {
  /** Whether the secret survives its stack: without it, every station needs a new key. */
  readonly kept: boolean;
}

/** What the stations' keys derive from. Generated once, known to nobody. */
export class MasterSecret extends Construct {
  private readonly secret: Secret;

  constructor(scope: Construct, id: string, props: MasterSecretProps) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      description: "What Curfew's station keys derive from: to change it is to change them all",
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: props.kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  /** Lets the function read the secret, and tells it which one. */
  grantRead(fn: CurfewFunction): void {
    fn.addEnvironment('CURFEW_MASTER_SECRET_ARN', this.secret.secretArn);
    fn.allow(['secretsmanager:GetSecretValue'], this.secret.secretArn);
  }
}
