/** docs/recovering.md, step by step: restored to a point in time, stood up again beside what was left, removed for good. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  RestoreTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';
import { cdk } from './cdk.ts';
import { allowInTheEmulatorsTerms, eventually, inTheEmulator, issuedKey, operator, stranger } from './deployment.ts';

const newDirectory = useTemporaryDirectories();
const cloudformation = new CloudFormationClient();
const dynamodb = new DynamoDBClient();
const secrets = new SecretsManagerClient();

const STACK = 'curfew-blue';
const RESTORED = 'curfew-blue-seats-2';
/** A stage that keeps what it has, without what the emulator has not. */
const OPTIONS = ['-c', 'stage=blue', '-c', 'realms=test/deployed/realms.json', '-c', 'alarms=false'];

interface Outputs {
  readonly ApiUrl: string;
  readonly TableName: string;
  readonly MasterSecretArn: string;
}

async function deploy(...options: string[]): Promise<Outputs> {
  const folder = newDirectory();
  const file = join(folder, 'outputs.json');
  const output = ['--output', join(folder, 'cdk.out'), '--outputs-file', file];
  const command = ['deploy', '--require-approval', 'never', ...OPTIONS, ...options, ...output];
  await cdk({ folder, environment: process.env }, ...command);
  return JSON.parse(readFileSync(file, 'utf8'))[STACK];
}

/** What `cdk destroy` asks of CloudFormation. */
async function destroy(): Promise<void> {
  await cloudformation.send(new DeleteStackCommand({ StackName: STACK }));
  await eventually('the stack is gone', async () => {
    const { Stacks: [stack] = [] } = await cloudformation
      .send(new DescribeStacksCommand({ StackName: STACK }))
      .catch(() => ({ Stacks: [] }));
    return stack === undefined ? true : undefined;
  });
}

/** Steps 1 and 2 of "To a point in time": the stream's ARN. */
async function restored(TableName: string): Promise<string> {
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' as const };
  await dynamodb.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: TableName,
      TargetTableName: RESTORED,
      UseLatestRestorableTime: true,
    }),
  );
  await dynamodb.send(new UpdateTableCommand({ TableName: RESTORED, StreamSpecification }));
  const TimeToLiveSpecification = { Enabled: true, AttributeName: 'ttl' };
  await dynamodb.send(new UpdateTimeToLiveCommand({ TableName: RESTORED, TimeToLiveSpecification }));
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await dynamodb.send(new UpdateContinuousBackupsCommand({ TableName: RESTORED, PointInTimeRecoverySpecification }));
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: RESTORED }));
  return String(Table?.LatestStreamArn);
}

/** What is left of it in the account. */
async function left(): Promise<string[]> {
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand());
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand());
  return [...TableNames, ...SecretList.map(({ Name }) => String(Name))].filter((name) => name.startsWith(STACK));
}

test('a table is restored, a stack that was deleted stands up again, and no station needs another key', {
  timeout: 600_000,
}, async () => {
  const first = await deploy();
  await allowInTheEmulatorsTerms(`${STACK}-`);
  const before = inTheEmulator(first.ApiUrl);
  const station = { realm: 'bi-portal', kind: 'application', location: 'Cellar', reportsActivity: false };
  const key = await issuedKey('portal-1', station, before);
  const login = await stranger('POST', '/v1/stations/portal-1/login', key, { user: 'ana' }, before);
  expect(login.status).toBe(201);

  const streamArn = await restored(first.TableName);
  const { ARN: masterSecretArn } = await secrets.send(new DescribeSecretCommand({ SecretId: first.MasterSecretArn }));
  const options = [
    ...['-c', `existingTable=${JSON.stringify({ name: RESTORED, streamArn })}`],
    ...['-c', `masterSecretArn=${masterSecretArn}`],
  ];
  // The stack is deleted; what it kept is there, and it stands up again beside it.
  await destroy();
  expect(await left()).toEqual(expect.arrayContaining([first.TableName, RESTORED]));
  const second = await deploy(...options);
  expect(second.TableName).toBe(RESTORED);
  await allowInTheEmulatorsTerms(`${STACK}-`);

  const after = inTheEmulator(second.ApiUrl);
  const { status, body } = await stranger('GET', '/health', undefined, undefined, after);
  expect([status, body.status]).toEqual([200, 'ok']);
  // The key of before, and who was there before.
  const again = await stranger('POST', '/v1/stations/portal-1/logout', key, { session: login.body.session }, after);
  expect(again.status).toBe(200);
  // The restored table's own stream is what the journal reads.
  const ended = await eventually('the end is in history', async () => {
    const user = await operator('GET', '/v1/realms/bi-portal/users/ana', undefined, after);
    const [past] = (user.body.history ?? []) as { readonly session: string }[];
    return past;
  });
  expect(ended.session).toBe(login.body.session);

  // For good.
  await destroy();
  for (const TableName of [first.TableName, RESTORED]) await dynamodb.send(new DeleteTableCommand({ TableName }));
  await secrets.send(new DeleteSecretCommand({ SecretId: masterSecretArn, ForceDeleteWithoutRecovery: true }));
  expect(await left()).toEqual([]);
});
