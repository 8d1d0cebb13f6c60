import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ROUTES } from '../routes.ts';
import type { CurfewFunction } from './curfew-function.ts';

/** Requests a second that the whole API takes, far above what a fleet of ten thousand stations sends: a bound on harm. */
const THROTTLE = { rateLimit: 1_000, burstLimit: 2_000 };

/** Who called what, and how it went. No header, for a station's key is in one; no path and no query, for users are in them. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    at: '$context.requestTimeEpoch',
    ip: '$context.identity.sourceIp',
    principal: '$context.identity.userArn',
    route: '$context.routeKey',
    status: '$context.status',
    latencyMs: '$context.responseLatency',
    bytes: '$context.responseLength',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
  }),
);

interface ApiProps {
  /** Answers stations. It checks their keys itself: a printer cannot sign for IAM. */
  readonly onStationEvent: CurfewFunction;
  /** Answers operators, each of whom IAM has let through by name. */
  readonly onOperatorRequest: CurfewFunction;
  readonly logRetention: RetentionDays;
}

/** The HTTP API: stations by key, operators by IAM. */
export class Api extends Construct {
  /** Without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const api = new HttpApi(this, 'Http', { apiName: Stack.of(this).stackName, createDefaultStage: false });

    const callers = {
      station: { integration: new HttpLambdaIntegration('Station', props.onStationEvent) },
      operator: {
        integration: new HttpLambdaIntegration('Operator', props.onOperatorRequest),
        authorizer: new HttpIamAuthorizer(),
      },
    };
    for (const { method, path, caller } of ROUTES) {
      api.addRoutes({ path, methods: [HttpMethod[method]], ...callers[caller] });
    }

    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLog', { retention: props.logRetention, removalPolicy: RemovalPolicy.DESTROY }),
        ),
        format: ACCESS_LOG,
      },
    });
    // The default stage has no path of its own: `${url}/v1/…`.
    this.url = api.apiEndpoint;
  }
}
