import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { bundleFunction } from '../../bench/bundles.ts';
import { functionNames } from '../../lib/build/functions.ts';
import { fromCompiled } from '../../lib/realms/compiled.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { version } from '../../lib/version.ts';
import { grantsIn, list, resourceText, useSynth } from './synth.ts';

const { stackOf, templateOf } = useSynth();
const prod = templateOf('prod');
const dev = templateOf('dev');

const oneOf = (type: string, properties: object = {}) => {
  const found = Object.entries(prod.findResources(type, { Properties: properties }));
  expect(found).toHaveLength(1);
  return found[0] as [id: string, resource: { Properties: Record<string, unknown> }];
};

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
    { what: 'prod', template: prod, isProtected: false, deleted: 'RetainExceptOnCreate', replaced: 'Retain' },
    {
      what: 'prod, protected',
      template: templateOf('prod', { protect: true }),
      isProtected: true,
      deleted: 'RetainExceptOnCreate',
      replaced: 'Retain',
    },
    { what: 'dev', template: dev, isProtected: false, deleted: 'Delete', replaced: 'Delete' },
  ])(
    'of $what is recoverable, and kept unless nobody has used it: $deleted',
    ({ template, isProtected, deleted, replaced }) => {
      template.hasResource('AWS::DynamoDB::GlobalTable', {
        DeletionPolicy: deleted,
        UpdateReplacePolicy: replaced,
        Properties: {
          Replicas: [
            {
              DeletionProtectionEnabled: isProtected,
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            },
          ],
        },
      });
      template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: deleted, UpdateReplacePolicy: replaced });
    },
  );

  test('of a stack that was not created goes with it, so that the next try is not in its way', () => {
    const kept = Object.values(templateOf('prod', { customerKey: true }).toJSON().Resources).filter(
      (resource) => (resource as { DeletionPolicy?: string }).DeletionPolicy === 'Retain',
    );
    expect(kept).toEqual([]);
  });

  test('a stack refuses to be deleted once it is told so, never at its first try', () => {
    expect(stackOf('prod').terminationProtection).toBe(false);
    expect(stackOf('prod', { protect: true }).terminationProtection).toBe(true);
    // A `cdk.json` that says so is for all stages.
    expect(stackOf('dev', { protect: true }).terminationProtection).toBe(false);
  });
});

describe('the functions', () => {
  test('run on arm64 and Node 24, each in a role of its own, each logging to a group of its own', () => {
    const functions = Object.values(prod.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties);
    expect(functions).toHaveLength(6);
    for (const properties of functions) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LoggingConfig: { LogFormat: 'JSON' },
      });
    }
    expect(new Set(functions.map(({ Role }) => JSON.stringify(Role))).size).toBe(6);
    expect(new Set(functions.map(({ LoggingConfig }) => JSON.stringify(LoggingConfig.LogGroup))).size).toBe(6);
  });

  test('keep no log for ever', () => {
    const groups = Object.values(prod.findResources('AWS::Logs::LogGroup'));
    expect(groups).toHaveLength(7);
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

test('all that takes tags says of which stage it is, and what else it is told to say', () => {
  expect(stackOf('prod', { tags: { 'cost-centre': 'print' } }).tags.tagValues()).toEqual({
    'curfew:stage': 'prod',
    'cost-centre': 'print',
  });
});

describe('a table and a master secret that there are already', () => {
  const streamArn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/seats-2/stream/2026-11-29T20:00:00.000';
  const masterSecretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:curfew-AbCdEf';
  const template = templateOf('prod', { existingTable: { name: 'seats-2', streamArn }, masterSecretArn });

  test('are used by every function, and no others are made', () => {
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { EventSourceArn: streamArn });
    const settings = Object.values(template.findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.Environment.Variables,
    );
    expect(settings.map(({ CURFEW_TABLE }) => CURFEW_TABLE)).toEqual(settings.map(() => 'seats-2'));
    const secrets = settings.flatMap(({ CURFEW_MASTER_SECRET_ARN: arn }) => arn ?? []);
    expect(secrets).toEqual([masterSecretArn, masterSecretArn]);
  });

  test('are all that the functions may touch', () => {
    const others = grantsIn(template).filter(({ statement }) =>
      list(statement.Action).some((action) => /^(?:dynamodb|secretsmanager):/.test(action)),
    );
    expect(others.length).toBeGreaterThan(5);
    for (const { statement } of others) {
      for (const resource of list(statement.Resource)) {
        expect(resourceText(resource)).toMatch(/table\/seats-2(?:\/|$)|:secret:curfew-AbCdEf$/);
      }
    }
  });
});

describe('the outputs', () => {
  const outputs = prod.findOutputs('*');

  test('say what operators ask for, each explained in docs/deploying.md', () => {
    const always = [
      'ApiUrl',
      'BusName',
      'DashboardUrl',
      'LogGroups',
      'MasterSecretArn',
      'TableName',
      'TimerGroup',
      'Version',
    ];
    expect(Object.keys(outputs).sort()).toEqual(['AlarmTopic', ...always]);
    const webhook = { url: 'https://gateway.example.org/curfew' };
    const realms = { print: { profile: 'release-station', webhook } };
    const named = Object.keys(templateOf('dev', { realms: { realms } }).findOutputs('*'));
    expect(named.sort()).toEqual([...always, 'WebhookQueueUrl'].sort());
    const names = ['AlarmTopic', ...always, 'DomainTarget', 'WebhookQueueUrl'];
    const [explained = ''] = /^Outputs: .*$/m.exec(readFileSync('docs/deploying.md', 'utf8')) ?? [];
    for (const name of names) expect(explained).toContain(`\`${name}\``);
  });

  test('say which Curfew it is, as its functions say in their logs', () => {
    expect(outputs.Version?.Value).toBe(version());
    for (const { Properties } of Object.values(prod.findResources('AWS::Lambda::Function'))) {
      expect(Properties.Environment.Variables.CURFEW_VERSION).toBe(version());
    }
  });

  test('name every log group', () => {
    const said = JSON.stringify(outputs.LogGroups?.Value);
    const groups = Object.keys(prod.findResources('AWS::Logs::LogGroup'));
    for (const group of groups) expect(said).toContain(`{"Ref":"${group}"}`);
  });
});

describe('the code of the functions', () => {
  const codeOf = (stage: string, realms?: string) => {
    const stack = stackOf(stage, realms === undefined ? {} : { realms });
    const { directory } = (stack.node.root as App).synth();
    const folders = readdirSync(directory).filter((name) => name.startsWith('asset.'));
    return folders.map((folder) => {
      const files = readdirSync(join(directory, folder)).map((file) => {
        expect(statSync(join(directory, folder, file)).mode & 0o777).toBe(0o644);
        return [file, readFileSync(join(directory, folder, file), 'utf8')] as const;
      });
      const { 'realms.json': realms = '', ...code } = Object.fromEntries(files);
      return { code, realms };
    });
  };
  const prodsCode = codeOf('prod');

  test('is what test/bench measures, with the realms file beside it', { timeout: 60_000 }, async () => {
    const measured = await Promise.all(
      functionNames().map(async (name) => Object.fromEntries((await bundleFunction(name)).files)),
    );
    expect(prodsCode).toHaveLength(6);
    for (const { code, realms } of prodsCode) {
      expect(measured).toContainEqual(code);
      expect(fromCompiled(realms)).toMatchObject({ realms: readRealms(readFileSync('realms.json', 'utf8')).realms });
    }
  });

  test('is the same in every stage', () => expect(codeOf('dev')).toEqual(prodsCode));

  test('carries a realms file that is larger than an argument of a command may be', () => {
    const realm = { profile: 'release-station', idle: '30s', takeOver: 'offer' };
    const many = Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`realm-${n}`, realm]));
    const [first] = codeOf('dev', JSON.stringify({ realms: many }));
    expect(first?.realms.length).toBeGreaterThan(200_000);
  });
});
