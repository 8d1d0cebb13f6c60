import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startEngine } from '../../lib/local/engine.ts';
import type { Handlers, SweepEvent } from '../../lib/local/lambda.ts';
import { processIdentity } from '../../lib/local/process-identity.ts';
import { type LocalSystem, type SystemOptions, startSystem } from '../../lib/local/system.ts';
import { hasNamedDynamoDB, useTables } from '../support/engine.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const REALMS = fileURLToPath(new URL('../../realms.json', import.meta.url));

const temporaryDirectory = useTemporaryDirectories();
const newTable = useTables();
const systems: LocalSystem[] = [];
afterEach(async () => {
  for (const system of systems.splice(0)) await system.stop();
});

/** The system around functions that note what they get. */
async function start(changes: Partial<SystemOptions> = {}) {
  const seen = { sweeps: [] as SweepEvent[], changes: [] as DynamoDBRecord[], lines: [] as string[] };
  const handlers: Handlers = {
    onStationEvent: async (event) => ({ statusCode: 200, body: event.rawPath }),
    onOperatorRequest: async () => ({ statusCode: 204 }),
    onSweep: async (event) => void seen.sweeps.push(event),
    onSeatChange: async (event) => {
      seen.changes.push(...event.Records);
      return { batchItemFailures: [] };
    },
    onSessionEvent: async () => ({ batchItemFailures: [] }),
    consoleWidget: async () => '',
    consoleEnd: async () => '',
  };
  let environment: Readonly<Record<string, string>> = {};
  const dynamodb = newTable();
  const system = await startSystem({
    data: changes.data ?? temporaryDirectory(),
    port: 0,
    realmsFile: REALMS,
    loadHandlers: async (given) => {
      environment = given;
      return handlers;
    },
    say: (line) => void seen.lines.push(line),
    onFatal: () => {},
    ...dynamodb,
    ...changes,
  });
  systems.push(system);
  const credentials = {
    accessKeyId: String(environment.AWS_ACCESS_KEY_ID),
    secretAccessKey: String(environment.AWS_SECRET_ACCESS_KEY),
  };
  const config = { region: 'us-east-1', credentials };
  return {
    system,
    seen,
    environment,
    put: async (pk: string, sk: string) => {
      const client = new DynamoDBClient({ ...config, endpoint: String(environment.AWS_ENDPOINT_URL_DYNAMODB) });
      await client.send(new PutItemCommand({ TableName: dynamodb.table, Item: { pk: { S: pk }, sk: { S: sk } } }));
      client.destroy();
    },
    arm: async (name: string, instant: number, input: object) => {
      const client = new SchedulerClient({ ...config, endpoint: String(environment.AWS_ENDPOINT_URL_SCHEDULER) });
      const timer = new CreateScheduleCommand({
        Name: name,
        GroupName: String(environment.CURFEW_TIMER_GROUP),
        ScheduleExpression: `at(${new Date(instant).toISOString().slice(0, 19)})`,
        ActionAfterCompletion: 'DELETE',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: String(environment.CURFEW_SWEEP_ARN),
          RoleArn: String(environment.CURFEW_TIMER_ROLE_ARN),
          Input: JSON.stringify(input),
        },
      });
      await client.send(timer);
      client.destroy();
    },
  };
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 8_000, interval: 20 });

/** A timer has no fraction of a second: one that is armed nearer than this may have passed before it arrives. */
const wholeSecondAfter = (ms: number) => Math.ceil((Date.now() + ms) / 1_000) * 1_000;

test('a timer that is armed fires the sweep', async () => {
  const { seen, arm } = await start();
  const soon = wholeSecondAfter(2_000);
  await arm('s0-soon', soon, { shard: 's0', slot: soon });
  await eventually(() => expect(seen.sweeps).toEqual([{ shard: 's0', slot: soon }]));
});

test('changes of seats reach the journal, and no other changes', async () => {
  const { seen, put } = await start();
  await put('station#lib-1', 'panel');
  await put('user#campus#ana', 'ended#1');
  await put('user#campus#ana', 'seat#0');
  await eventually(() => expect(seen.changes.map((record) => record.dynamodb?.Keys?.sk?.S)).toEqual(['seat#0']));
});

test('secrets are readable by their owner alone, and the same after a restart', async () => {
  const data = temporaryDirectory();
  const first = await start({ data });
  for (const name of ['operator-key', 'master-key']) {
    expect(statSync(first.system.data.file(name)).mode & 0o777).toBe(0o600);
  }
  await first.system.stop();
  const second = await start({ data });
  expect(second.system.operatorKey).toBe(first.system.operatorKey);
  expect(second.environment.CURFEW_MASTER_KEY).toBe(first.environment.CURFEW_MASTER_KEY);
});

test('a secret that others can read starts nothing, and says what to do', async () => {
  const data = temporaryDirectory();
  const { system } = await start({ data });
  await system.stop();
  const file = system.data.file('master-key');
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(file, mode);
    await expect(start({ data })).rejects.toThrow(`Others can read the secret in ${file}; make it yours alone`);
  }
  chmodSync(file, 0o600);
  await start({ data });
});

test('an operator key that is given is used and not kept', async () => {
  const { system } = await start({ operatorKey: 'given-by-the-owner' });
  expect(() => statSync(system.data.file('operator-key'))).toThrow('ENOENT');
  const headers = { authorization: 'Bearer given-by-the-owner' };
  expect((await fetch(`${system.url}/v1/realms`, { headers })).status).toBe(204);
});

describe('the local Scheduler and the local bus', () => {
  const UNKNOWN = { name: 'UnrecognizedClientException', $metadata: { httpStatusCode: 403 } };

  test('refuse whoever does not name the access key of this start', async () => {
    const { environment } = await start();
    const {
      AWS_ACCESS_KEY_ID: known = '',
      AWS_ENDPOINT_URL_SCHEDULER = '',
      AWS_ENDPOINT_URL_EVENTBRIDGE = '',
    } = environment;
    const ask = async (accessKeyId: string) => {
      const config = { region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: 'any' }, maxAttempts: 1 };
      const scheduler = new SchedulerClient({ ...config, endpoint: AWS_ENDPOINT_URL_SCHEDULER });
      const bus = new EventBridgeClient({ ...config, endpoint: AWS_ENDPOINT_URL_EVENTBRIDGE });
      const answers = await Promise.allSettled([
        scheduler.send(new ListSchedulesCommand({})),
        bus.send(new PutEventsCommand({ Entries: [{ Source: 'test', DetailType: 'test', Detail: '{}' }] })),
      ]);
      scheduler.destroy();
      bus.destroy();
      return answers;
    };
    // The name is the secret, the signature is not verified; with a DynamoDB that was named the name is that one's.
    expect(await ask(known)).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
    for (const unknown of ['local-no', `${known}x`, known.slice(1)]) {
      const refused = { status: 'rejected', reason: UNKNOWN };
      expect(await ask(unknown)).toMatchObject([refused, refused]);
    }
    for (const url of [AWS_ENDPOINT_URL_SCHEDULER, AWS_ENDPOINT_URL_EVENTBRIDGE]) {
      for (const authorization of [undefined, `Bearer ${known}`, known]) {
        const headers = authorization === undefined ? {} : { authorization };
        expect((await fetch(url, { method: 'POST', headers })).status).toBe(403);
      }
    }
  });

  test.skipIf(hasNamedDynamoDB)('get another access key with each start', async () => {
    const [one, other] = [await start(), await start()];
    expect(one.environment.AWS_ACCESS_KEY_ID).toMatch(/^[0-9a-f]{32}$/);
    expect(other.environment.AWS_ACCESS_KEY_ID).not.toBe(one.environment.AWS_ACCESS_KEY_ID);
  });

  test('are called as the DynamoDB that was named is, with the token of temporary credentials too', async () => {
    const given = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
    for (const [name, value] of Object.entries(given)) vi.stubEnv(name, value);
    const engine = await startEngine();
    const { environment, system } = await start({ dynamodbEndpoint: engine.url });
    expect(environment).toMatchObject(given);
    await system.stop();
    await engine.stop();
    vi.unstubAllEnvs();
    const own = await start({ dynamodbEndpoint: undefined });
    expect(own.environment).not.toHaveProperty('AWS_SESSION_TOKEN');
  });
});

test.each(['', ' '.repeat(16), 'fifteen-letters', 'a key with blanks in it', 'schlüssel-für-die-bibliothek'])(
  'an operator key that is weak, or that no request could carry, is refused: "%s"',
  async (operatorKey) => {
    await expect(start({ operatorKey })).rejects.toThrow(/^CURFEW_OPERATOR_KEY must be at least 16 /);
  },
);

test('a second system on the same data directory is refused; after a stop it is not', async () => {
  const data = temporaryDirectory();
  const first = await start({ data });
  await expect(start({ data })).rejects.toThrow(/^Another Curfew \(process \d+\) runs on /);
  await first.system.stop();
  await start({ data });
});

test('a data directory whose owner was killed, even while it took it, is free', async () => {
  const data = temporaryDirectory();
  writeFileSync(`${data}/lock.7`, JSON.stringify({ pid: process.pid, identity: 'of an earlier process' }));
  await (await start({ data })).system.stop();
  writeFileSync(`${data}/lock.7`, '');
  await start({ data });
});

test('events are shown to operators only', async () => {
  const { system } = await start();
  expect((await fetch(`${system.url}/local/events`)).status).toBe(401);
  const headers = { authorization: `Bearer ${system.operatorKey}` };
  const response = await fetch(`${system.url}/local/events?since=0`, { headers });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  await response.body?.cancel();
  expect((await fetch(`${system.url}/local/events?since=yesterday`, { headers })).status).toBe(400);
});

describe('a stop', () => {
  test('lets a running function finish, ends what was started, and takes no request any more', async () => {
    let finish = () => {};
    const running = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { system, environment, calls } = await startWithStation(async () => {
      await running;
      return { statusCode: 200, body: 'finished' };
    });
    const answer = fetch(`${system.url}/v1/stations/lib-1/login`, { method: 'POST' });
    await eventually(() => expect(calls()).toBe(1));
    const stopped = system.stop();
    finish();
    expect(await (await answer).text()).toBe('finished');
    await stopped;
    const engine = hasNamedDynamoDB ? [] : [environment.AWS_ENDPOINT_URL_DYNAMODB];
    for (const url of [system.url, environment.AWS_ENDPOINT_URL_SCHEDULER, ...engine]) {
      await expect(fetch(String(url))).rejects.toThrow('fetch failed');
    }
  });

  test('does not wait long for a function or for a listener to the bus', async () => {
    const { system } = await startWithStation(() => new Promise(() => {}));
    fetch(`${system.url}/v1/stations/lib-1/login`, { method: 'POST' }).catch(() => {});
    const headers = { authorization: `Bearer ${system.operatorKey}` };
    await fetch(`${system.url}/local/events`, { headers });
    const before = performance.now();
    await system.stop();
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

async function startWithStation(onStationEvent: Handlers['onStationEvent']) {
  let calls = 0;
  let environment: Readonly<Record<string, string>> = {};
  const { system } = await start({
    loadHandlers: async (given) => {
      environment = given;
      return {
        onStationEvent: (event, context) => {
          calls += 1;
          return onStationEvent(event, context);
        },
        onOperatorRequest: async () => ({ statusCode: 204 }),
        onSweep: async () => {},
        onSeatChange: async () => ({ batchItemFailures: [] }),
        onSessionEvent: async () => ({ batchItemFailures: [] }),
        consoleWidget: async () => '',
        consoleEnd: async () => '',
      };
    },
  });
  return { system, environment, calls: () => calls };
}

test.skipIf(hasNamedDynamoDB)(
  'an engine that crashes is started again, on the same port and with the same data',
  async () => {
    const { system, seen, put } = await start();
    const { pid } = JSON.parse(readFileSync(system.data.file('table.db.pid'), 'utf8'));
    await put('user#campus#ana', 'seat#0');
    process.kill(pid, 'SIGKILL');
    await eventually(() => expect(processIdentity(pid)).toBeUndefined());
    await vi.waitFor(() => put('user#campus#bo', 'seat#0'), { timeout: 8_000, interval: 100 });
    await eventually(() =>
      expect(seen.changes.map((record) => record.dynamodb?.Keys?.pk?.S)).toEqual(['user#campus#ana', 'user#campus#bo']),
    );
    expect(seen.lines).toEqual(['the DynamoDB engine has ended; starting it again in 500 ms']);
  },
);
