/** A first deployment of `prod` that fails, and the one after it: docs/deploying.md, step by step. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateEventBusCommand, DeleteEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';
import { cdk } from './cdk.ts';

const newDirectory = useTemporaryDirectories();
const cloudformation = new CloudFormationClient();
const dynamodb = new DynamoDBClient();
const secrets = new SecretsManagerClient();
const eventbridge = new EventBridgeClient();

const STACK = 'curfew-prod';
const KEPT: ReadonlySet<string> = new Set(['AWS::DynamoDB::GlobalTable', 'AWS::SecretsManager::Secret']);

interface Resource {
  readonly Type: string;
  readonly Properties?: { readonly Metrics?: unknown };
}

/** The emulator has neither alarms of several metrics nor alarms of alarms: they are left out of the template. */
const isSupported = ({ Type, Properties }: Resource): boolean =>
  Type !== 'AWS::CloudWatch::CompositeAlarm' &&
  (Type !== 'AWS::CloudWatch::Alarm' || Properties?.Metrics === undefined);

/** `prod` with these options, synthesised, to be made in the worst order: the bus after what is kept. */
async function synth(...options: string[]): Promise<string> {
  const folder = newDirectory();
  const environment = process.env;
  const assembly = join(folder, 'cdk.out');
  await cdk({ folder, environment }, 'synth', '--quiet', '--output', assembly, '-c', 'stage=prod', ...options);
  const file = join(assembly, 'Curfew.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8'));
  const supported = Object.entries<Resource>(template.Resources).filter(([, resource]) => isSupported(resource));
  const DependsOn = supported.flatMap(([id, { Type }]) => (KEPT.has(Type) ? [id] : []));
  const ordered = supported.map(([id, resource]) => [
    id,
    resource.Type === 'AWS::Events::EventBus' ? { ...resource, DependsOn } : resource,
  ]);
  writeFileSync(file, JSON.stringify({ ...template, Resources: Object.fromEntries(ordered) }));
  return assembly;
}

const deploy = (assembly: string): Promise<string> =>
  cdk(
    { folder: newDirectory(), environment: process.env },
    ...['deploy', '--app', assembly, '--require-approval', 'never'],
  );

async function status(): Promise<string | undefined> {
  const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName: STACK }));
  return Stacks[0]?.StackStatus;
}

/** Which of what is kept the stack has once created. */
async function made(): Promise<string[]> {
  const { StackEvents = [] } = await cloudformation.send(new DescribeStackEventsCommand({ StackName: STACK }));
  return StackEvents.flatMap(({ ResourceStatus, ResourceType = '' }) =>
    ResourceStatus === 'CREATE_COMPLETE' && KEPT.has(ResourceType) ? [ResourceType] : [],
  );
}

/** What the stack has made and not taken away again. */
async function leftBehind(): Promise<string[]> {
  const { StackResources = [] } = await cloudformation.send(new DescribeStackResourcesCommand({ StackName: STACK }));
  return StackResources.flatMap(({ ResourceStatus = '', LogicalResourceId = '' }) =>
    /^(?:DELETE_COMPLETE|CREATE_FAILED)$/.test(ResourceStatus) ? [] : [`${LogicalResourceId} ${ResourceStatus}`],
  );
}

/** What is kept when a stack goes, by its name. */
async function kept(): Promise<{ readonly tables: string[]; readonly secrets: string[] }> {
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand());
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand());
  const ours = (name: string | undefined): string[] => (name?.startsWith(STACK) ? [name] : []);
  return { tables: TableNames.flatMap(ours), secrets: SecretList.flatMap(({ Name }) => ours(Name)) };
}

test('a first try that fails leaves nothing, the next one succeeds by itself, and protection comes on with the one after', async () => {
  const prod = await synth();
  // A neighbour in the account has taken a name.
  await eventbridge.send(new CreateEventBusCommand({ Name: STACK }));
  await expect(deploy(prod)).rejects.toThrow('EventBus already exists');
  expect(await status()).toBe('ROLLBACK_COMPLETE');
  expect((await made()).sort()).toEqual([...KEPT].sort());
  expect(await leftBehind()).toEqual([]);
  expect(await kept()).toEqual({ tables: [], secrets: [] });

  await eventbridge.send(new DeleteEventBusCommand({ Name: STACK }));
  await deploy(prod);
  expect(await status()).toBe('CREATE_COMPLETE');
  const first = await kept();
  expect([first.tables.length, first.secrets.length]).toEqual([1, 1]);

  await deploy(await synth('-c', 'protect=true'));
  expect(await status()).toBe('UPDATE_COMPLETE');
  // Where CloudFormation changes a table in place, the emulator makes another beside it.
  expect((await kept()).tables).toEqual(expect.arrayContaining(first.tables));
  await expect(cloudformation.send(new DeleteStackCommand({ StackName: STACK }))).rejects.toThrow('Protection');
});
