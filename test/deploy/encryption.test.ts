import { describe, expect, test } from 'vitest';
import { grantsIn, list, propertiesIn, resourceText, useSynth } from './synth.ts';

const { templateOf } = useSynth();
const plain = templateOf('prod');
const own = templateOf('prod', { customerKey: true });

const KEY = { 'Fn::GetAtt': [expect.stringMatching(/^CustomerKey/), 'Arn'] };
const onlyOne = <T>(found: readonly T[]): T => {
  expect(found).toHaveLength(1);
  return found[0] as T;
};

describe('with a key of the account’s own', () => {
  test('there is one, which changes itself every year', () => {
    expect(onlyOne(propertiesIn(own, 'AWS::KMS::Key'))).toMatchObject({ EnableKeyRotation: true });
    expect(onlyOne(propertiesIn(own, 'AWS::KMS::Alias'))).toMatchObject({ AliasName: 'alias/curfew-prod' });
  });

  test('the table has it, its stream and its backups with it', () => {
    expect(onlyOne(propertiesIn(own, 'AWS::DynamoDB::GlobalTable'))).toMatchObject({
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [
        {
          Region: { Ref: 'AWS::Region' },
          SSESpecification: { KMSMasterKeyId: KEY },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      ],
    });
  });

  test.each([
    ['AWS::SecretsManager::Secret', 1, { KmsKeyId: KEY }],
    ['AWS::SQS::Queue', 3, { KmsMasterKeyId: KEY }],
    ['AWS::Events::EventBus', 1, { KmsKeyIdentifier: KEY }],
    ['AWS::Logs::LogGroup', 7, { KmsKeyId: KEY }],
  ])('each %s has it', (type, count, properties) => {
    const found = propertiesIn(own, type);
    expect(found).toHaveLength(count);
    for (const each of found) expect(each).toMatchObject(properties);
  });

  test('each role uses it through what it calls anyway, never by itself', () => {
    const uses = grantsIn(own)
      .filter(({ statement }) => list(statement.Action).some((action) => action.startsWith('kms:')))
      .map(({ role, statement }) => {
        expect(list(statement.Resource)).toEqual([KEY]);
        const { StringEquals } = statement.Condition as { StringEquals: Record<string, unknown> };
        expect(Object.keys(StringEquals)).toEqual(['kms:ViaService']);
        const service = resourceText(StringEquals['kms:ViaService']).replace('.{AWS::Region}.amazonaws.com', '');
        return `${role} through ${service}: ${list(statement.Action)
          .map((action) => action.slice(4))
          .join(' ')}`;
      });
    const items =
      'Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo';
    expect(uses.sort()).toEqual([
      `ConsoleEnd through dynamodb: ${items}`,
      `ConsoleWidget through dynamodb: ${items}`,
      `OnOperatorRequest through dynamodb: ${items}`,
      'OnOperatorRequest through secretsmanager: Decrypt',
      `OnSeatChange through dynamodb: ${items}`,
      'OnSeatChange through sqs: Decrypt GenerateDataKey',
      `OnStationEvent through dynamodb: ${items}`,
      'OnStationEvent through secretsmanager: Decrypt',
      `OnSweep through dynamodb: ${items}`,
      'OnSweep through sqs: Decrypt GenerateDataKey',
      'Timers through sqs: Decrypt GenerateDataKey',
    ]);
  });

  test('services that act for themselves use it for what is ours only', () => {
    const { Statement } = onlyOne(propertiesIn(own, 'AWS::KMS::Key')).KeyPolicy;
    const services = Statement.filter(({ Principal }: { Principal: object }) => 'Service' in Principal);
    const conditions = services.map((statement: { Condition: Record<string, Record<string, unknown>> }) =>
      Object.values(statement.Condition).flatMap((condition) =>
        Object.values(condition).flatMap((value) => list(value).map(resourceText)),
      ),
    );
    expect(conditions).toHaveLength(3);
    expect(conditions[0]).toEqual([
      expect.stringMatching(/:log-group:curfew-prod-\*$/),
      expect.stringMatching(/:log-group:\/aws\/vendedlogs\/curfew-prod-\*$/),
    ]);
    expect(conditions[1]).toEqual([
      '{AWS::AccountId}',
      expect.stringMatching(/:event-bus\/curfew-prod$/),
      expect.stringMatching(/:event-bus\/curfew-prod$/),
    ]);
    expect(conditions[2]).toEqual(['{AWS::AccountId}']);
  });

  test.each([
    ['prod', 'RetainExceptOnCreate', 'Retain'],
    ['dev', 'Delete', 'Delete'],
  ])('of stage %s it goes as what it encrypts goes: %s', (stage, deleted, replaced) => {
    const template = templateOf(stage, { customerKey: true });
    template.hasResource('AWS::KMS::Key', { DeletionPolicy: deleted, UpdateReplacePolicy: replaced });
  });
});

test('without, there is none, and the platform’s encrypt', () => {
  expect(JSON.stringify(plain.toJSON())).not.toMatch(/kms/i);
  for (const queue of propertiesIn(plain, 'AWS::SQS::Queue'))
    expect(queue).toMatchObject({ SqsManagedSseEnabled: true });
});
