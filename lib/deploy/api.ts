import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  type CfnStage,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { present } from '../present.ts';
import { type Caller, ROUTES, routeKeyOf } from '../routes.ts';
import type { CurfewFunction } from './curfew-function.ts';
import { type CustomerKey, VENDED_LOGS } from './customer-key.ts';
import { OwnDomain, type OwnDomainProps } from './own-domain.ts';
import { throttlesOf } from './throttles.ts';

/**
 * Who called what, and how it went. No header, for a station's key is in one; no path and no query, for users are in them,
 * and the key of a station that has no other way to send it: the route names its parameters only.
 */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    at: '$context.requestTimeEpoch',
    ip: '$context.identity.sourceIp',
    principal: '$context.identity.userArn',
    certificate: '$context.identity.clientCert.subjectDN',
    route: '$context.routeKey',
    status: '$context.status',
    latencyMs: '$context.responseLatency',
    bytes: '$context.responseLength',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
  }),
);

/** Why API Gateway lets callers through that it does not know. */
const OPEN: Readonly<Partial<Record<Caller, string>>> = {
  station:
    'An authorizer never sees the body that a station has signed: the function checks the proof, before anything else.',
  anyone:
    'The description is in the public repository too; beside it a deployment says its version, and that it is there.',
};

interface ApiProps {
  readonly name: string;
  /** Answers stations. It checks their keys itself: a printer cannot sign for IAM. */
  readonly onStationEvent: CurfewFunction;
  /** Answers operators, each of whom IAM has let through by name. */
  readonly onOperatorRequest: CurfewFunction;
  readonly logRetention: RetentionDays;
  /** Requests a second that stations may send. */
  readonly stationRate: number;
  readonly domain: OwnDomainProps | undefined;
  readonly customerKey: CustomerKey | undefined;
}

/** The HTTP API: stations by their proofs, operators by IAM. With a domain of one's own, whoever calls shows a certificate too. */
export class Api extends Construct {
  /** Without a slash at its end. */
  readonly url: string;
  readonly http: HttpApi;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const api = new HttpApi(this, 'Http', {
      apiName: props.name,
      createDefaultStage: false,
      // The address that API Gateway gives asks for no certificate.
      disableExecuteApiEndpoint: props.domain !== undefined,
    });

    this.http = api;
    const operators = new HttpLambdaIntegration('Operator', props.onOperatorRequest);
    const callers = {
      station: { integration: new HttpLambdaIntegration('Station', props.onStationEvent) },
      operator: { integration: operators, authorizer: new HttpIamAuthorizer() },
      // The API's description. It is answered before anything asks who calls.
      anyone: { integration: operators },
    };
    const routes = ROUTES.flatMap(({ method, path, caller }) => {
      const added = api.addRoutes({ path, methods: [HttpMethod[method]], ...callers[caller] });
      const open = OPEN[caller];
      if (open !== undefined) {
        for (const route of added) Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason: open });
      }
      return added;
    });

    const throttles = throttlesOf(props.stationRate);
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      // For a route that is missing below.
      throttle: { rateLimit: throttles.operator.rate, burstLimit: throttles.operator.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLog', {
            // Where many APIs have room: below this prefix, the account's one resource policy need not name each group.
            logGroupName: `${VENDED_LOGS}${props.name}-ApiAccessLog`,
            retention: props.logRetention,
            removalPolicy: RemovalPolicy.DESTROY,
            ...present({ encryptionKey: props.customerKey?.key }),
          }),
        ),
        format: ACCESS_LOG,
      },
    });
    (stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(
      ROUTES.map((route) => {
        const { rate, burst } = throttles[route.caller];
        return [routeKeyOf(route), { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst }];
      }),
    );
    // A stage that throttles a route which is not there yet is refused.
    stage.node.addDependency(...routes);

    if (props.domain === undefined) {
      // The default stage has no path of its own: `${url}/v1/…`.
      this.url = api.apiEndpoint;
    } else {
      const { domain } = new OwnDomain(this, 'Domain', props.domain);
      new ApiMapping(this, 'Mapping', { api, domainName: domain, stage });
      this.url = `https://${props.domain.name}`;
    }
  }
}
