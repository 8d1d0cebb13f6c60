/** docs/security.md says who may do what; the template says it too. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Deed, mayDo, rolesOf, SEATS_TABLE } from '../support/iam.ts';
import { useSynth } from './synth.ts';

const { templateOf } = useSynth();
const webhook = { url: 'https://gateway.example.org/curfew' };
const realms = JSON.stringify({ realms: { campus: { profile: 'release-station', webhook } } });
const [plain, telling] = [templateOf('prod'), templateOf('prod', { realms })];

const WRITES = [
  'UpdateItem',
  'PutItem',
  'DeleteItem',
  'BatchWriteItem',
  'PartiQLInsert',
  'PartiQLUpdate',
  'PartiQLDelete',
];
const READS = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'PartiQLSelect'];
const items = (actions: readonly string[], key: string, ...attributes: string[]): Deed[] =>
  actions.map((action) => ({ action: `dynamodb:${action}`, resource: SEATS_TABLE, keys: [key], attributes }));

/** What each right of the page is: whoever may do any of it has it. */
const RIGHTS: Readonly<Record<string, readonly Deed[]>> = {
  'read the master secret': [{ action: 'secretsmanager:GetSecretValue', resource: '{MasterSecret}' }],
  'change the master secret': ['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage', 'DeleteSecret'].map(
    (action) => ({ action: `secretsmanager:${action}`, resource: '{MasterSecret}' }),
  ),
  'write registrations and the counts of their keys': [
    ...items(WRITES, 'station#lib-1', 'registeredAt', 'realm'),
    ...items(WRITES, 'station#lib-1', 'keyGeneration'),
    ...items(WRITES, 'station#lib-1', 'proof'),
    ...items(WRITES, 'station#lib-1', 'speaksFor'),
    ...items(WRITES, 'station#lib-1', 'certificate'),
  ],
  'read registrations': items(READS, 'station#lib-1'),
  'write panels': items(WRITES, 'station#lib-1', 'realm', 'user', 'epoch'),
  'write sessions and history': items(WRITES, 'user#campus#ana', 'epoch'),
  'read sessions and history': items(READS, 'user#campus#ana'),
  'write the trail': [...items(WRITES, 'trail#2026-11', 'principal'), ...items(WRITES, 'said#abc', 'session')],
  'read the trail': [...items(READS, 'trail#2026-11'), ...items(READS, 'said#abc')],
  'list open sessions and stations': [{ action: 'dynamodb:Query', resource: `${SEATS_TABLE}/index/due` }],
  'read all of the table at once, or change or delete it': [
    ...items(['Scan'], 'user#campus#ana'),
    ...['UpdateTable', 'DeleteTable', 'UpdateTimeToLive', 'RestoreTableToPointInTime', 'ExportTableToPointInTime'].map(
      (action) => ({ action: `dynamodb:${action}`, resource: SEATS_TABLE }),
    ),
  ],
  'announce on the bus': [{ action: 'events:PutEvents', resource: '{JournalBus.Arn}' }],
  'read what changes in the table': [{ action: 'dynamodb:GetRecords', resource: '{SeatsTable.StreamArn}' }],
  'create timers': [
    {
      action: 'scheduler:CreateSchedule',
      resource:
        'arn:{AWS::Partition}:scheduler:{AWS::Region}:{AWS::AccountId}:schedule/curfewprod-Timers-Group-2206D7F8/x',
    },
  ],
  'change or delete timers': ['UpdateSchedule', 'DeleteSchedule'].map((action) => ({
    action: `scheduler:${action}`,
    resource:
      'arn:{AWS::Partition}:scheduler:{AWS::Region}:{AWS::AccountId}:schedule/curfewprod-Timers-Group-2206D7F8/x',
  })),
  'invoke the sweep': [{ action: 'lambda:InvokeFunction', resource: '{OnSweep.Arn}' }],
};

/** `on-station-event` as the stack names its role. */
const named = (role: string): string =>
  role
    .replace(/^Webhook/, '')
    .replace(/^Timers$/, 'the Scheduler')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '-')
    .replace(/^On|^Console/, (head) => head.toLowerCase())
    .replace(/-[A-Z]/g, (letter) => letter.toLowerCase());

const page = readFileSync('docs/security.md', 'utf8');
const rows = [...page.matchAll(/^\| may ([^|]+) \| ([^|]+) \|$/gm)].map(([, right = '', who = '']) => ({ right, who }));
const namesIn = (who: string): string[] =>
  [...who.matchAll(/`([^`]+)`|the Scheduler/g)].map(([all, name]) => name ?? all);

test('the page speaks of each right, and of no other', () =>
  expect(rows.map(({ right }) => right)).toEqual(Object.keys(RIGHTS)));

describe.each(rows)('whoever may $right', ({ right, who }) => {
  const [always = '', withWebhook = ''] = who.split('; with a webhook ');
  test.each([
    ['', plain, namesIn(always)],
    [', with a webhook', telling, [...namesIn(always), ...namesIn(withWebhook)]],
  ] as const)('is on the page by name%s, and nobody else', (_, template, names) => {
    const deeds = RIGHTS[right] ?? [];
    const found = rolesOf(template).filter((role) => deeds.some((deed) => mayDo(template, role, deed)));
    expect(found.map(named).toSorted()).toEqual(names.toSorted());
  });
});

test('the page says with numbers how many roles may read the secret', () => {
  const [, always, withWebhook] = /and (\w+) roles may read it, with a webhook (\w+);/.exec(page) ?? [];
  const mayRead = (template: typeof plain) =>
    rolesOf(template).filter((role) => RIGHTS['read the master secret']?.some((deed) => mayDo(template, role, deed)));
  const words = ['none', 'one', 'two', 'three', 'four'];
  expect([always, withWebhook]).toEqual([plain, telling].map((template) => words[mayRead(template).length]));
});

test('each threat has an answer, and each answer names tests that there are', () => {
  const [, threats = ''] = /## Threats and answers\n([\s\S]*?)\n## /.exec(page) ?? [];
  const answers = threats.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| threat'));
  expect(answers.length).toBeGreaterThan(15);
  for (const answer of answers) {
    const named = [...answer.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file);
    expect(named, answer).not.toEqual([]);
    for (const file of named) expect([file, existsSync(file)]).toEqual([file, true]);
  }
});
