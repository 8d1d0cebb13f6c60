import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type EventInvokeConfigOptions, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { present } from '../present.ts';
import { BUNDLING } from './bundling.ts';
import type { CustomerKey } from './customer-key.ts';

/** What all functions of a deployment have in common. */
export interface FunctionDefaults {
  /** The realms file's text, as the function is to read it. */
  readonly realms: string;
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

/** A function with a log group and a role of its own; the role begins with the right to write that log and no other. */
export class CurfewFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: CurfewFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...present({ encryptionKey: props.customerKey?.key }),
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);

    super(scope, id, {
      entry: `functions/${props.entry}.ts`,
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
      environment: { CURFEW_SHARDS: String(props.shards) },
      // An environment variable that only the SDK's version 2 read.
      awsSdkConnectionReuse: false,
      bundling: {
        format: OutputFormat.ESM,
        mainFields: [...BUNDLING.mainFields],
        minify: BUNDLING.minify,
        // The SDK of the repository's lock file, not whichever one the runtime has on the day.
        bundleAwsSDK: true,
        externalModules: [...BUNDLING.external],
        esbuildArgs: Object.fromEntries(Object.entries(BUNDLING.alias).map(([from, to]) => [`--alias:${from}`, to])),
        logLevel: LogLevel.WARNING,
        // In the code, not in the environment, whose 4 KB a file of many realms outgrows.
        define: { 'process.env.CURFEW_REALMS_JSON': JSON.stringify(props.realms) },
      },
    });
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
