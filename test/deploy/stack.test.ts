import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, test } from 'vitest';
import { CurfewStack } from '../../lib/deploy/stack.ts';

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
const realms = readFileSync('realms.json', 'utf8');
const outdir = mkdtempSync(join(tmpdir(), 'curfew-synth-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** The stack of a stage; without bundles, which take seconds and change nothing but the code's hash. */
function synth(stage: string, bundlingStacks: string[] = []): CurfewStack {
  const app = new App({
    outdir: join(outdir, stage),
    context: { ...context, 'aws:cdk:bundling-stacks': bundlingStacks },
  });
  return new CurfewStack(app, 'Curfew', { stage, realms });
}

const prod = Template.fromStack(synth('prod'));
const dev = Template.fromStack(synth('dev'));

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);
const oneOf = (type: string, properties: object = {}) => {
  const found = Object.entries(prod.findResources(type, { Properties: properties }));
  expect(found).toHaveLength(1);
  return found[0] as [id: string, resource: { Properties: Record<string, unknown> }];
};

/** Every statement that grants something to one of our roles, by the role's logical name. */
function grants(): { role: string; statement: Statement }[] {
  return Object.values(prod.findResources('AWS::IAM::Policy')).flatMap((policy) =>
    policy.Properties.PolicyDocument.Statement.filter((statement: Statement) => statement.Effect === 'Allow').flatMap(
      (statement: Statement) =>
        policy.Properties.Roles.map((role: { Ref: string }) => ({
          role: role.Ref.replace(/Role[0-9A-F]{8}$/, ''),
          statement,
        })),
    ),
  );
}

describe('permissions', () => {
  test('nobody may do everything, nor write everywhere', () => {
    const reads = /^[a-z]+:(Get|BatchGet|List|Describe|Query)/;
    const tooWide = grants().filter(({ statement }) => {
      const actions = list(statement.Action);
      const everywhere = list(statement.Resource).includes('*');
      return actions.some((action) => action.includes('*') || (everywhere && !reads.test(action)));
    });
    expect(tooWide).toEqual([]);
    for (const [name, role] of Object.entries(prod.findResources('AWS::IAM::Role'))) {
      expect([name, role.Properties.ManagedPolicyArns, role.Properties.Policies]).toEqual([name, undefined, undefined]);
    }
  });

  test.each([
    ['OnStationEvent', 'GetItem Query UpdateItem'],
    ['OnOperatorRequest', 'BatchGetItem GetItem Query UpdateItem'],
    ['OnSweep', 'BatchGetItem Query UpdateItem'],
    ['OnSeatChange', 'BatchWriteItem DescribeStream GetRecords GetShardIterator ListStreams UpdateItem'],
  ])('%s may do to the table what its work needs: %s', (role, expected) => {
    const actions = grants()
      .filter((grant) => grant.role === role)
      .flatMap(({ statement }) => list(statement.Action))
      .filter((action) => action.startsWith('dynamodb:'))
      .map((action) => action.slice('dynamodb:'.length));
    expect([...new Set(actions)].sort().join(' ')).toBe(expected);
  });

  test('timers are created in our group only, and fired in our role only', () => {
    const [group] = Object.values(prod.findResources('AWS::Scheduler::ScheduleGroup'));
    for (const role of ['OnStationEvent', 'OnSweep']) {
      const [create] = grants().filter(
        (g) => g.role === role && list(g.statement.Action).includes('scheduler:CreateSchedule'),
      );
      expect(JSON.stringify(create?.statement.Resource)).toContain(`:schedule/${group?.Properties.Name}/*`);
      const [pass] = grants().filter((g) => g.role === role && list(g.statement.Action).includes('iam:PassRole'));
      expect(pass?.statement.Resource).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^TimersRole/), 'Arn'] });
      expect(pass?.statement.Condition).toEqual({
        StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
      });
    }
    expect(grants().filter((g) => list(g.statement.Action).includes('iam:PassRole'))).toHaveLength(2);
  });

  test('the Scheduler takes up its role for our group only, to invoke the sweep or leave a letter', () => {
    prod.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^TimersGroup'), 'Arn'] },
              },
            },
          },
        ],
      },
    });
    const actions = grants()
      .filter((g) => g.role === 'Timers')
      .flatMap(({ statement }) => list(statement.Action));
    expect(actions.sort()).toEqual(['lambda:InvokeFunction', 'sqs:SendMessage']);
  });

  test('only the functions that check keys may read what the keys derive from', () => {
    const readers = grants().filter(({ statement }) =>
      list(statement.Action).some((a) => a.startsWith('secretsmanager:')),
    );
    expect(readers.map(({ role }) => role).sort()).toEqual(['OnOperatorRequest', 'OnStationEvent']);
  });
});

describe('the table', () => {
  test('is on demand, with its stream, its TTL and an index of keys', () => {
    prod.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      GlobalSecondaryIndexes: [{ IndexName: 'due', Projection: { ProjectionType: 'KEYS_ONLY' } }],
    });
  });

  test.each([
    { stage: 'prod', template: prod, isProtected: true, policy: 'Retain' },
    { stage: 'dev', template: dev, isProtected: false, policy: 'Delete' },
  ])('of stage $stage is recoverable; protected from deletion: $isProtected', ({ template, isProtected, policy }) => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: policy,
      UpdateReplacePolicy: policy,
      Properties: {
        Replicas: [
          {
            DeletionProtectionEnabled: isProtected,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          },
        ],
      },
    });
    template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: policy });
  });

  test('only a development stack may be deleted', () => {
    expect(synth('prod').terminationProtection).toBe(true);
    expect(synth('dev').terminationProtection).toBe(false);
  });
});

describe('the functions', () => {
  test('run on arm64 and Node 24, each in a role of its own, each logging to a group of its own', () => {
    const functions = Object.values(prod.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties);
    expect(functions).toHaveLength(4);
    for (const properties of functions) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LoggingConfig: { LogFormat: 'JSON' },
      });
    }
    expect(new Set(functions.map(({ Role }) => JSON.stringify(Role))).size).toBe(4);
    expect(new Set(functions.map(({ LoggingConfig }) => JSON.stringify(LoggingConfig.LogGroup))).size).toBe(4);
  });

  test('keep no log for ever', () => {
    const groups = Object.values(prod.findResources('AWS::Logs::LogGroup'));
    expect(groups).toHaveLength(5);
    for (const group of groups) expect(group.Properties.RetentionInDays).toBe(30);
  });

  test('are woken by changes of seats alone, and a poison record holds nothing up for long', () => {
    const [, mapping] = oneOf('AWS::Lambda::EventSourceMapping');
    expect(mapping.Properties).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 1_000,
      MaximumRecordAgeInSeconds: 3_600,
    });
    const { Filters } = mapping.Properties.FilterCriteria as { Filters: { Pattern: string }[] };
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      { dynamodb: { Keys: { pk: { S: [{ prefix: 'user#' }] }, sk: { S: [{ prefix: 'seat#' }] } } } },
    ]);
  });
});

describe('what could not be done', () => {
  test('is kept for two weeks, encrypted, over TLS only', () => {
    const queues = Object.values(prod.findResources('AWS::SQS::Queue'));
    expect(queues).toHaveLength(3);
    for (const { Properties } of queues) {
      expect(Properties).toEqual({ MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true });
    }
    prod.resourcePropertiesCountIs(
      'AWS::SQS::QueuePolicy',
      {
        PolicyDocument: {
          Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
        },
      },
      3,
    );
  });

  test.each([
    [
      'a sweep that threw',
      'AWS::Lambda::EventInvokeConfig',
      'DestinationConfig.OnFailure.Destination',
      /^FailedSweeps/,
    ],
    [
      'a change not journaled',
      'AWS::Lambda::EventSourceMapping',
      'DestinationConfig.OnFailure.Destination',
      /^JournalUnwritten/,
    ],
    ['a timer that could not fire', 'AWS::Scheduler::Schedule', 'Target.DeadLetterConfig.Arn', /^TimersUnfired/],
  ])('%s has its queue', (_what, type, path, queue) => {
    const [, { Properties }] = oneOf(type);
    expect(Properties).toHaveProperty(path, { 'Fn::GetAtt': [expect.stringMatching(queue), 'Arn'] });
  });

  test('reaches every shard by the backstop, every five minutes', () => {
    const [, { Properties }] = oneOf('AWS::Scheduler::Schedule');
    expect(Properties).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Target: { Input: '{"backstop":true}', Arn: { 'Fn::GetAtt': [expect.stringMatching(/^OnSweep/), 'Arn'] } },
    });
  });
});

describe('the API', () => {
  const routes = Object.values(prod.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);
  const keysWith = (authorization: string) =>
    routes
      .filter(({ AuthorizationType }) => AuthorizationType === authorization)
      .map(({ RouteKey }) => RouteKey)
      .sort();

  test('lets operators through by IAM', () => {
    expect(keysWith('AWS_IAM')).toEqual([
      'DELETE /v1/sessions/{session}',
      'DELETE /v1/stations/{station}',
      'GET /v1/realms',
      'GET /v1/realms/{realm}',
      'GET /v1/realms/{realm}/users/{user}',
      'GET /v1/sessions',
      'GET /v1/sessions/{session}',
      'GET /v1/stations',
      'GET /v1/stations/{station}',
      'POST /v1/stations/{station}/key',
      'PUT /v1/stations/{station}',
    ]);
  });

  test('leaves stations to the function that checks their keys, and nothing else', () => {
    expect(keysWith('NONE')).toEqual(['POST /v1/stations/{station}/{event}']);
    expect(routes).toHaveLength(12);
  });

  test('is throttled, and logs who called but no key', () => {
    const [, { Properties }] = oneOf('AWS::ApiGatewayV2::Stage');
    expect(Properties).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
      AccessLogSettings: { DestinationArn: { 'Fn::GetAtt': [expect.stringMatching(/^ApiAccessLog/), 'Arn'] } },
    });
    const { Format } = Properties.AccessLogSettings as { Format: string };
    expect(JSON.parse(Format)).toHaveProperty('principal', '$context.identity.userArn');
    expect(Format).not.toMatch(/header|authorization/i);
  });
});

test('the operator is told the URL, the table and the bus', () => {
  expect(Object.keys(prod.findOutputs('*')).sort()).toEqual(['ApiUrl', 'BusName', 'TableName', 'TimerGroup']);
});

test('each function is one small ES module that carries the realms', { timeout: 60_000 }, () => {
  const stack = synth('bundled', ['**']);
  const assembly = (stack.node.root as App).synth();
  const bundles = readdirSync(assembly.directory)
    .filter((name) => name.startsWith('asset.'))
    .map((asset) => join(assembly.directory, asset, 'index.mjs'));
  expect(bundles).toHaveLength(4);
  for (const bundle of bundles) {
    expect(statSync(bundle).size).toBeLessThan(600_000);
    expect(readFileSync(bundle, 'utf8')).not.toContain('CURFEW_REALMS_JSON');
  }
  expect(bundles.some((bundle) => readFileSync(bundle, 'utf8').includes('campus-print'))).toBe(true);
});
