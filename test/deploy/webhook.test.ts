/** What a realm with a webhook adds to the stack; without one, nothing is added. */
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, test, vi } from 'vitest';
import { ANNOUNCEMENTS } from '../../lib/session/policy.ts';
import { pauseAfter, TRIES_MAX } from '../../lib/station/webhook.ts';
import { grantsIn, list, propertiesIn, resourceText, useSynth } from './synth.ts';

// A stack takes a second or two to make, on a busy machine more.
vi.setConfig({ testTimeout: 30_000 });
const { stackOf, templateOf } = useSynth();

const realms = JSON.stringify({
  realms: {
    campus: {
      profile: 'release-station',
      webhook: { url: 'https://gateway.example.org/curfew', events: ['session.ended'] },
    },
    portal: { profile: 'enterprise', webhook: { url: 'https://portal.example.org/' } },
    lab: { profile: 'release-station', webhook: { url: 'http://127.0.0.1:9000/' } },
    quiet: { profile: 'release-station' },
  },
});
const stack = stackOf('prod', { realms, alarmEmail: 'print@example.org' });
const prod = Template.fromStack(stack);
const named = (type: string, name: RegExp) =>
  Object.entries(prod.findResources(type)).find(([id]) => name.test(id))?.[1].Properties;
const functionOf = (template: Template) =>
  Object.values(template.findResources('AWS::Lambda::Function')).find(({ Properties }) =>
    /receivers/.test(Properties.Description),
  )?.Properties;

test('no realm with a webhook, none of it', () => {
  const none = templateOf('prod');
  none.resourceCountIs('AWS::Events::Rule', 0);
  expect(Object.keys(none.toJSON().Resources).filter((id) => id.startsWith('Webhook'))).toEqual([]);
});

describe('a rule of the bus', () => {
  const rules = propertiesIn(prod, 'AWS::Events::Rule');

  test('takes of each realm what it asks for, and of the others nothing', () => {
    expect(rules.map(({ EventPattern }) => EventPattern)).toEqual([
      { source: ['curfew'], 'detail-type': ['session.ended'], detail: { realm: ['campus'] } },
      {
        source: ['curfew'],
        'detail-type': ANNOUNCEMENTS,
        detail: { realm: ['portal'] },
      },
    ]);
  });

  test('puts it into the queue, or else where dead letters are', () => {
    for (const { Targets } of rules) {
      expect(Targets.map(({ Arn }: { Arn: unknown }) => resourceText(Arn))).toEqual(['{WebhookQueue.Arn}']);
      expect(resourceText(Targets[0].DeadLetterConfig.Arn)).toBe('{WebhookUndelivered.Arn}');
    }
    for (const name of [/^WebhookQueuePolicy/, /^WebhookUndeliveredPolicy/]) {
      const allowed = named('AWS::SQS::QueuePolicy', name).PolicyDocument.Statement.filter(
        ({ Effect }: { Effect: string }) => Effect === 'Allow',
      );
      expect(allowed).toMatchObject([
        { Action: 'sqs:SendMessage', Principal: { Service: 'events.amazonaws.com' }, Condition: { ArnEquals: {} } },
      ]);
      expect(allowed[0].Condition.ArnEquals['aws:SourceArn']).toHaveLength(2);
    }
  });
});

describe('the queue', () => {
  const queue = named('AWS::SQS::Queue', /^WebhookQueue/);

  test('gives up after as many tries as there are pauses for, and keeps an event until then', () => {
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(TRIES_MAX);
    expect(resourceText(queue.RedrivePolicy.deadLetterTargetArn)).toBe('{WebhookUndelivered.Arn}');
    const tries = Array.from({ length: TRIES_MAX - 1 }, (_, n) => pauseAfter(n + 1));
    expect(queue.MessageRetentionPeriod * 1_000).toBeGreaterThan(tries.reduce((sum, pause) => sum + pause, 0) * 2);
  });

  test('is encrypted, and reached by TLS alone', () => {
    expect(queue.SqsManagedSseEnabled).toBe(true);
    expect(JSON.stringify(named('AWS::SQS::QueuePolicy', /^WebhookQueuePolicy/))).toContain('aws:SecureTransport');
    const own = templateOf('prod', { realms, customerKey: true });
    for (const { KmsMasterKeyId } of propertiesIn(own, 'AWS::SQS::Queue')) expect(KmsMasterKeyId).toBeDefined();
    const statements = propertiesIn(own, 'AWS::KMS::Key').flatMap(({ KeyPolicy }) => KeyPolicy.Statement);
    const ofTheBus = statements.filter(({ Principal }) => JSON.stringify(Principal).includes('"events.amazonaws.com"'));
    // The bus itself reads and writes with the key too.
    expect(ofTheBus.map(({ Action }) => list(Action))).toContainEqual(['kms:Decrypt', 'kms:GenerateDataKey*']);
  });

  test('is read by as many at once as are reserved, so that no try is lost to a throttle', () => {
    const source = named('AWS::Lambda::EventSourceMapping', /^WebhookSource/);
    expect(source).toMatchObject({
      ScalingConfig: { MaximumConcurrency: 10 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(functionOf(prod)?.ReservedConcurrentExecutions).toBe(10);
    const fewer = templateOf('prod', { realms, reserve: { webhooks: 1 } });
    expect(functionOf(fewer)?.ReservedConcurrentExecutions).toBe(2);
    expect(functionOf(templateOf('dev', { realms }))?.ReservedConcurrentExecutions).toBeUndefined();
  });

  test('hides a message for longer than a try takes', () => {
    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * functionOf(prod)?.Timeout);
  });
});

test('its function may receive, put off and bury, read the master secret, and nothing else', () => {
  const granted = grantsIn(prod)
    .filter(({ role }) => role === 'WebhookOnSessionEvent')
    .map(({ statement }) => [resourceText(statement.Resource), list(statement.Action).toSorted()]);
  expect(Object.fromEntries(granted)).toEqual({
    '{WebhookOnSessionEventLog.Arn}': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    '{MasterSecret}': ['secretsmanager:GetSecretValue'],
    '{WebhookUndelivered.Arn}': ['sqs:SendMessage'],
    '{WebhookQueue.Arn}': [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
    ],
  });
});

test('it needs no more of its environment than the stack gives it', () => {
  expect(Object.keys(functionOf(prod)?.Environment.Variables).toSorted()).toEqual([
    'CURFEW_MASTER_SECRET_ARN',
    'CURFEW_METRICS',
    'CURFEW_SHARDS',
    'CURFEW_VERSION',
    'CURFEW_WEBHOOK_DLQ_URL',
    'CURFEW_WEBHOOK_QUEUE_URL',
  ]);
});

test('its dead letters and its failures call somebody', () => {
  const alarms = propertiesIn(prod, 'AWS::CloudWatch::Alarm').map((alarm) => JSON.stringify(alarm));
  expect(alarms.filter((alarm) => alarm.includes('WebhookUndelivered'))).toEqual([
    expect.stringContaining('#dead-letters'),
  ]);
  expect(alarms.filter((alarm) => alarm.includes('WebhookOnSessionEvent'))).toEqual([
    expect.stringContaining('#operators-or-webhooks-fail'),
  ]);
});

test.each([{}, { customerKey: true }])('others find nothing in it that has no reason: %j', (options) => {
  const looked = stackOf('prod', { realms, ...options });
  const found = [new AwsSolutionsChecks(looked), new ServerlessChecks(looked)].flatMap((pack) =>
    pack.validateScope(looked).violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources]),
  );
  expect(found).toEqual([]);
});
