import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  type EventInvokeConfigOptions,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { present } from '../present.ts';
import { version } from '../version.ts';
import type { CustomerKey } from './customer-key.ts';

/** What all functions of a deployment have in common. */
export interface FunctionDefaults {
  /** The realms file, compiled (lib/realms/compiled.ts). */
  readonly realms: string;
  /** Under which CloudWatch namespace it counts. */
  readonly namespace: string;
  /** Over how many shards the deadlines are spread. */
  readonly shards: number;
  readonly logRetention: RetentionDays;
  /** What its log is encrypted with. @default a key of the platform's */
  readonly customerKey: CustomerKey | undefined;
}

interface CurfewFunctionProps extends FunctionDefaults {
  /** A file of `functions/`, without its extension: `on-sweep`. */
  readonly entry: string;
  readonly description: string;
  readonly timeout: Duration;
  /** How many run at once at most, and are kept free for it in the account. @default whatever the account has left */
  readonly reserved: number | undefined;
  /** What becomes of an asynchronous invocation that failed. @default Lambda's own: two more tries within six hours */
  readonly whenFailed?: Pick<EventInvokeConfigOptions, 'maxEventAge' | 'retryAttempts' | 'onFailure'>;
}

/** What `npm run build` has made. In the package this file lies as deep as in the repository. */
const BUNDLES = fileURLToPath(new URL('../../dist/functions/', import.meta.url));

/** A folder with the bundle as it is and the realms file beside it: of two stages, only that one differs. */
function codeOf({ entry, realms }: CurfewFunctionProps): string {
  const bundle = join(BUNDLES, entry);
  if (!existsSync(join(bundle, 'index.mjs'))) throw new Error(`${bundle} is missing: npm run build makes it`);
  const folder = mkdtempSync(join(tmpdir(), 'curfew-function-'));
  for (const file of readdirSync(bundle).filter((name) => name.endsWith('.mjs'))) {
    copyFileSync(join(bundle, file), join(folder, file));
  }
  // Not in the environment, whose 4 KB a file of many realms outgrows.
  writeFileSync(join(folder, 'realms.json'), realms);
  // Lambda's user is another than whose umask this was made under.
  for (const file of readdirSync(folder)) chmodSync(join(folder, file), 0o644);
  return folder;
}

/** A function with a log group and a role of its own; the role begins with the right to write that log and no other. */
export class CurfewFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: CurfewFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...present({ encryptionKey: props.customerKey?.key }),
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);

    const code = codeOf(props);
    super(scope, id, {
      code: Code.fromAsset(code),
      handler: 'index.handler',
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout,
      ...present({ reservedConcurrentExecutions: props.reserved }),
      // CPU comes with memory: with less, a cold start spends its time loading the SDK; more buys nothing for code
      // that waits for the network.
      memorySize: 512,
      role,
      logGroup,
      ...props.whenFailed,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        CURFEW_SHARDS: String(props.shards),
        CURFEW_METRICS: props.namespace,
        CURFEW_VERSION: version(),
      },
    });
    // The CDK has a copy of its own, unless it was told to make none.
    if (this.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT) === undefined) rmSync(code, { recursive: true });
    Validations.of(this).acknowledge(
      {
        id: 'Serverless-LambdaDLQ',
        reason:
          'What is answered at once tells its caller; the sweep and the journal have destinations for what failed.',
      },
      {
        id: 'Serverless-LambdaTracing',
        reason:
          'One function and one table take part in a request, and its log says how long each took: a trace adds its price only.',
      },
    );
  }

  /** Allows these actions on this one resource. @param conditions as IAM has them */
  allow(actions: string[], resource: string, conditions: Record<string, unknown> = {}): void {
    this.addToRolePolicy(new PolicyStatement({ actions, resources: [resource], conditions }));
  }
}
