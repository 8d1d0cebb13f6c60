/** The front door: who is let in where, how much of each, and what is written down about it. */
import { describe, expect, test } from 'vitest';
import { ROUTES } from '../../lib/routes.ts';
import { useSynth } from './synth.ts';

const { stackOf, templateOf } = useSynth();
const prod = templateOf('prod');

const propertiesOf = (template: ReturnType<typeof templateOf>, type: string): Record<string, unknown>[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);
const [stage = {}] = propertiesOf(prod, 'AWS::ApiGatewayV2::Stage');

const keysOf = (caller: string) =>
  ROUTES.filter((route) => route.caller === caller).map(({ method, path }) => `${method} ${path}`);

test('IAM lets operators in, by name; the function lets stations in; anyone reads the description and the health', () => {
  const routes = propertiesOf(prod, 'AWS::ApiGatewayV2::Route');
  const keysWith = (authorization: string) =>
    routes
      .filter(({ AuthorizationType }) => AuthorizationType === authorization)
      .map(({ RouteKey }) => RouteKey)
      .sort();
  expect(keysWith('AWS_IAM')).toEqual(keysOf('operator').sort());
  expect(keysWith('NONE')).toEqual([...keysOf('station'), ...keysOf('anyone')].sort());
  expect(routes).toHaveLength(ROUTES.length);
  expect(keysOf('anyone')).toEqual(['GET /openapi.json', 'GET /health']);
});

describe('throttles', () => {
  test('each route has its own, so that no storm of stations takes the operators’', () => {
    const settings = stage.RouteSettings as Record<string, unknown>;
    expect(Object.keys(settings).sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
    const of = (caller: string) => keysOf(caller).map((key) => settings[key]);
    for (const [caller, rate, burst] of [
      ['station', 1_000, 2_000],
      ['operator', 50, 100],
      ['anyone', 5, 10],
    ] as const) {
      for (const setting of of(caller)) {
        expect(setting).toEqual({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst });
      }
    }
  });

  test('a route that nobody thought of has the small one', () => {
    expect(stage.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 });
  });

  test('the stage waits for its routes: one that is not there yet cannot be throttled', () => {
    const [{ DependsOn = [] } = {}] = Object.values(prod.findResources('AWS::ApiGatewayV2::Stage'));
    expect(DependsOn).toEqual(expect.arrayContaining(Object.keys(prod.findResources('AWS::ApiGatewayV2::Route'))));
  });

  test('a large fleet is given more', () => {
    const [large] = propertiesOf(templateOf('prod', { stationRate: 3_000 }), 'AWS::ApiGatewayV2::Stage');
    expect(large?.RouteSettings).toMatchObject({
      'POST /v1/stations/{station}/{event}': { ThrottlingRateLimit: 3_000, ThrottlingBurstLimit: 6_000 },
      'GET /v1/stations': { ThrottlingRateLimit: 50 },
    });
  });
});

describe('reserved concurrency', () => {
  const reservedIn = (template: ReturnType<typeof templateOf>) =>
    Object.fromEntries(
      Object.entries(template.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) => [
        id.replace(/[0-9A-F]{8}$/, ''),
        Properties.ReservedConcurrentExecutions,
      ]),
    );

  test('stations are bound; operators, sweeps and the journal have theirs whatever stations do', () => {
    expect(reservedIn(prod)).toEqual({ OnStationEvent: 200, OnOperatorRequest: 10, OnSweep: 10, OnSeatChange: 32 });
  });

  test('sweeps grow with the shards, and each can be chosen', () => {
    expect(reservedIn(templateOf('prod', { shards: 8, reserve: { stations: 400 } }))).toEqual({
      OnStationEvent: 400,
      OnOperatorRequest: 10,
      OnSweep: 40,
      OnSeatChange: 32,
    });
  });

  test.each([
    ['a stage for development', 'dev', {}],
    ['who says so', 'prod', { reserve: 'none' }],
  ] as const)('%s reserves none: a new account has none to reserve', (_, stage, options) => {
    expect(Object.values(reservedIn(templateOf(stage, options)))).toEqual(Array(6).fill(undefined));
  });
});

describe('the access log', () => {
  const { Format } = stage.AccessLogSettings as { Format: string };

  test('says who called what, and how it went', () => {
    expect(JSON.parse(Format)).toEqual({
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
    });
  });

  test('holds nothing of what was sent: a key can be in a header, in the path and in the query', () => {
    expect(Format).not.toMatch(/header|authorization|path|query|request\.|body|clientCertPem/i);
    // The route's own text has the name of the parameter where the request had a key.
    expect(keysOf('station')).toContain('POST /v1/stations/{station}/with/{key}/{event}');
  });
});

describe('a domain of one’s own', () => {
  const domain = {
    name: 'curfew.example.org',
    certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b',
    truststore: 's3://example-trust/stations/ca.pem',
  };
  const template = templateOf('prod', { domain });

  test('asks whoever calls for a certificate', () => {
    expect(propertiesOf(template, 'AWS::ApiGatewayV2::DomainName')).toEqual([
      {
        DomainName: 'curfew.example.org',
        DomainNameConfigurations: [
          { CertificateArn: domain.certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
        ],
        MutualTlsAuthentication: { TruststoreUri: domain.truststore },
      },
    ]);
    const [mapping] = propertiesOf(template, 'AWS::ApiGatewayV2::ApiMapping');
    expect(mapping).toMatchObject({ Stage: '$default', DomainName: { Ref: expect.stringMatching(/^ApiDomain/) } });
  });

  test('cannot be gone round: API Gateway’s own address answers nothing', () => {
    expect(propertiesOf(template, 'AWS::ApiGatewayV2::Api')).toMatchObject([{ DisableExecuteApiEndpoint: true }]);
    expect(propertiesOf(prod, 'AWS::ApiGatewayV2::Api')).toMatchObject([{ DisableExecuteApiEndpoint: false }]);
  });

  test('is the URL that the operator is told, and where its name must point', () => {
    expect(template.findOutputs('ApiUrl')).toMatchObject({ ApiUrl: { Value: 'https://curfew.example.org' } });
    expect(Object.keys(template.findOutputs('DomainTarget'))).toEqual(['DomainTarget']);
  });

  test('may name the version of its trust store', () => {
    const pinned = templateOf('prod', { domain: { ...domain, truststoreVersion: 'v7' } });
    expect(propertiesOf(pinned, 'AWS::ApiGatewayV2::DomainName')).toMatchObject([
      { MutualTlsAuthentication: { TruststoreUri: domain.truststore, TruststoreVersion: 'v7' } },
    ]);
  });

  test('without it there is none', () => {
    prod.resourceCountIs('AWS::ApiGatewayV2::DomainName', 0);
    expect(() => stackOf('prod', { domain: { ...domain, truststore: 'ca.pem' } })).toThrow('ca.pem must be s3://');
  });
});
