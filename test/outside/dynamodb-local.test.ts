/**
 * The contract of the ports, and the functions, on another DynamoDB than the engine that the tests bring: AWS's own DynamoDB
 * Local, where DYNAMODB_LOCAL_HOME names the folder into which it was unpacked (its licence lets nobody hand it on) and there is
 * a Java to run it; or whatever CURFEW_DYNAMODB_ENDPOINT names.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const SUITES = ['test/aws/contract.test.ts', 'test/functions'];
const endpoint = process.env.CURFEW_DYNAMODB_ENDPOINT;
const home = process.env.DYNAMODB_LOCAL_HOME;
const temporaryDirectory = useTemporaryDirectories();

/** Why there is nothing to run them on. */
function missing(): string | undefined {
  if (endpoint !== undefined) return undefined;
  if (home === undefined) return 'neither DYNAMODB_LOCAL_HOME nor CURFEW_DYNAMODB_ENDPOINT is set';
  if (!existsSync(join(home, 'DynamoDBLocal.jar'))) return `${home} has no DynamoDBLocal.jar`;
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'there is no Java';
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startDynamoDBLocal(folder: string): Promise<string> {
  const port = await freePort();
  const options = ['-Djava.library.path=./DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar'];
  const java = spawn('java', [...options, '-inMemory', '-sharedDb', '-port', String(port)], {
    cwd: folder,
    stdio: 'ignore',
  });
  onTestFinished(() => void java.kill());
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; java.exitCode === null && tries < 120; tries++) {
    const answers = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answers) return url;
    await pause(250);
  }
  throw new Error('DynamoDB Local does not answer');
}

interface Run {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const reason = missing();

test.skipIf(reason !== undefined)(
  `the contract and the functions hold on another DynamoDB${reason === undefined ? '' : `: skipped, for ${reason}`}`,
  { timeout: 1_800_000 },
  async () => {
    const url = endpoint ?? (await startDynamoDBLocal(String(home)));
    const file = join(temporaryDirectory(), 'result.json');
    // All of them share one DynamoDB, which is not as quick as an engine each.
    const patient = ['--project', 'alone', '--maxWorkers', '1', '--testTimeout', '120000', '--hookTimeout', '120000'];
    const vitest = ['vitest', 'run', ...SUITES, ...patient, '--reporter', 'json', '--outputFile', file];
    // It exits with 1 where a test fails: which one, the file says.
    await promisify(execFile)('npx', vitest, { env: { ...process.env, CURFEW_DYNAMODB_ENDPOINT: url } }).catch(
      () => {},
    );
    const { testResults, numPassedTests }: Run = JSON.parse(readFileSync(file, 'utf8'));
    const failed = testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'failed'),
    );
    expect(failed.map(({ fullName }) => fullName)).toEqual([]);
    expect(numPassedTests).toBeGreaterThan(700);
  },
);
