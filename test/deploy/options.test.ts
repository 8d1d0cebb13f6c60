import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { optionsTable, readOptions } from '../../lib/deploy/options.ts';

const read = readOptions;

const domain = {
  name: 'curfew.example.org',
  certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b',
  truststore: 's3://example-trust/stations/ca.pem',
};

test('what is not said is left to the stack', () => {
  expect(read({})).toEqual({ options: {}, errors: [] });
});

test('values of cdk.json and texts of the command line mean the same', () => {
  const options = { shards: 16, stationRate: 3_000, reserve: { stations: 400 }, domain, customerKey: true };
  expect(read(options)).toEqual({ options, errors: [] });
  expect(
    read({
      shards: '16',
      stationRate: '3000',
      reserve: '{"stations": 400}',
      domain: JSON.stringify(domain),
      customerKey: 'true',
    }),
  ).toEqual({ options, errors: [] });
});

test('the table of docs/deploying.md is made from them (-u writes it)', async () => {
  const docs = readFileSync('docs/deploying.md', 'utf8');
  await expect(docs.replace(/^\| option \|.*(?:\n\|.*)*/m, optionsTable)).toMatchFileSnapshot(
    '../../docs/deploying.md',
  );
});

test('what is others’ in the context is left to them', () => {
  const context = { '@aws-cdk/core:x': true, 'aws:cdk:bundling-stacks': [], 'acme/owner': 'print' };
  expect(read({ ...context, 'acknowledged-issue-numbers': [1], 'cli-telemetry': false }).errors).toEqual([]);
});

test('no concurrency is reserved for who says so', () => {
  expect(read({ reserve: 'none' }).options).toEqual({ reserve: 'none' });
});

describe('is refused, in a sentence', () => {
  test.each([
    [{ stgae: 'dev' }, 'there is no option "stgae"; did you mean "stage"?'],
    [{ Stage: 'dev' }, 'there is no option "Stage"; did you mean "stage"?'],
    [{ shard: 8 }, 'there is no option "shard"; did you mean "shards"?'],
    [{ realm: 'mine.json' }, 'there is no option "realm"; did you mean "realms"?'],
    [{ stationrate: 3_000 }, 'there is no option "stationrate"; did you mean "stationRate"?'],
    [{ 'reserve ': 'none' }, 'there is no option "reserve "; did you mean "reserve"?'],
    [{ domains: domain }, 'there is no option "domains"; did you mean "domain"?'],
    [{ customer_key: true }, 'there is no option "customer_key"; did you mean "customerKey"?'],
    [{ alarm: true }, 'there is no option "alarm"; did you mean "alarms"?'],
    [{ alarmMail: 'a@b.example' }, 'there is no option "alarmMail"; did you mean "alarmEmail"?'],
    [{ runbok: 'https://a.example' }, 'there is no option "runbok"; did you mean "runbook"?'],
    [
      { owner: 'print' },
      'there is no option "owner"; there are stage, realms, protect, shards, stationRate, auditDays, reserve, tags, existingTable, masterSecretArn, domain, customerKey, alarms, alarmEmail, insights, silent, runbook',
    ],
    [{ stage: 'Dev' }, 'stage must be 1 to 31 of a-z, 0-9 and "-", and begin with a letter: not "Dev"'],
    [{ stage: '' }, 'stage must be 1 to 31 of a-z, 0-9 and "-", and begin with a letter: not ""'],
    [{ realms: '' }, 'realms must be the name of a file: not ""'],
    [{ protekt: 'true' }, 'there is no option "protekt"; did you mean "protect"?'],
    [{ alarms: 'on' }, 'alarms must be true or false: not "on"'],
    [{ alarmEmail: 'ana' }, 'alarmEmail must be an e-mail address: not "ana"'],
    [
      { runbook: 'http://a.example' },
      'runbook must be the https:// address of docs/operating.md: not "http://a.example"',
    ],
    [{ tags: { 'aws:owner': 'print' } }, 'tags must be an object of texts: not {"aws:owner":"print"}'],
    [{ tags: '{"owner": 1}' }, 'tags must be an object of texts: not {"owner":1}'],
    [
      { existingTable: { name: 'seats-2' } },
      'existingTable must be an object with name and streamArn: streamArn is not undefined',
    ],
    [
      {
        existingTable: {
          name: 'seats-2',
          streamArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/seats/stream/2026-11-29T20:00:00.000',
        },
      },
      'existingTable must be an object with name and streamArn: streamArn is of another table',
    ],
    [{ masterSecretArn: 'curfew' }, 'masterSecretArn must be the complete ARN of a secret: not "curfew"'],
    [{ shards: 65 }, 'shards must be a whole number up to 64: not 65'],
    [{ stationRate: 0 }, 'stationRate must be a whole number up to 10000: not 0'],
    [{ stationRate: 'many' }, 'stationRate must be a whole number up to 10000: not "many"'],
    [{ customerKey: 'yes' }, 'customerKey must be true or false: not "yes"'],
    [
      { reserve: 'some' },
      'reserve must be "none", or an object of whole numbers for some of the functions: this is no object',
    ],
    [
      { reserve: { stations: -1 } },
      'reserve must be "none", or an object of whole numbers for some of the functions: stations is a whole number, not -1',
    ],
    [
      { reserve: { printers: 1 } },
      'reserve must be "none", or an object of whole numbers for some of the functions: there is no "printers", only stations, operators, sweeps, journal, webhooks',
    ],
    [
      { domain: { name: domain.name, truststore: domain.truststore } },
      'domain must be an object with name, certificateArn and truststore: certificateArn is missing',
    ],
    [
      { domain: { ...domain, truststore: 'ca.pem' } },
      'domain must be an object with name, certificateArn and truststore: truststore is not "ca.pem"',
    ],
    [
      { domain: { ...domain, name: 'https://curfew.example.org' } },
      'domain must be an object with name, certificateArn and truststore: name is not "https://curfew.example.org"',
    ],
    [{ domain: '{"name": ' }, 'domain must be an object with name, certificateArn and truststore: this is no object'],
  ])('%j', (context, sentence) => {
    expect(read(context).errors).toEqual([sentence]);
  });
});

test('everything that is wrong is said at once', () => {
  expect(read({ stationRate: -1, customerKey: 'no' }).errors).toHaveLength(2);
});

describe('the CDK app', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'curfew-options-'));
  afterAll(() => rmSync(outdir, { recursive: true }));

  /** As the CDK's command runs it, with this context. */
  const synth = (context: Record<string, unknown>) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'bin/deploy.ts'], {
      encoding: 'utf8',
      env: {
        ...process.env,
        CDK_OUTDIR: outdir,
        CDK_CONTEXT_JSON: JSON.stringify(context),
      },
    });

  test('hands them to the stack', { timeout: 180_000 }, () => {
    const { status, stderr } = synth({ stage: 'campus', domain: JSON.stringify(domain), reserve: 'none' });
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('Error')]);
    const template = readFileSync(join(outdir, 'Curfew.template.json'), 'utf8');
    expect(template).toContain(domain.truststore);
    expect(template).not.toContain('ReservedConcurrentExecutions');
  });

  test('refuses them in a line each, without a stack trace', { timeout: 60_000 }, () => {
    const { status, stderr } = synth({ stgae: 'dev', stationRate: '0', customerKey: 'no' });
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'there is no option "stgae"; did you mean "stage"?',
      'stationRate must be a whole number up to 10000: not 0',
      'customerKey must be true or false: not "no"',
    ]);
  });
});
