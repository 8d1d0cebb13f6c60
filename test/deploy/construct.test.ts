/** The construct in a stack of somebody else's, beside what is theirs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { afterAll, describe, expect, test } from 'vitest';
import { Curfew, type CurfewProps } from '../../lib/deploy/curfew.ts';
import { grantsIn, list, resourceText } from './synth.ts';

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
const outdir = mkdtempSync(join(tmpdir(), 'curfew-construct-'));
afterAll(() => rmSync(outdir, { recursive: true }));
const REALMS = { realms: { lab: { profile: 'release-station' } } };

function theirs(props: Partial<CurfewProps> = {}) {
  const app = new App({ outdir, context });
  const stack = new Stack(app, 'Theirs');
  return { app, stack, curfew: new Curfew(stack, 'Logins', { realms: REALMS, stage: 'dev', ...props }) };
}

/** What a role of theirs may call, as sentences of action and resource. */
function granted(give: (curfew: Curfew, role: Role) => unknown): string[] {
  const { stack, curfew } = theirs();
  give(curfew, new Role(stack, 'PeopleRole', { assumedBy: new AccountRootPrincipal() }));
  return grantsIn(Template.fromStack(stack))
    .filter(({ role }) => role === 'People')
    .flatMap(({ statement }) => list(statement.Resource).map((on) => `${list(statement.Action)} ${resourceText(on)}`))
    .sort();
}

const API = 'arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}:{LoginsApiHttp}/$default';

const toLook = granted((curfew, role) => curfew.grantLook(role));
const toEnd = granted((curfew, role) => curfew.grantEnd(role));

describe('who is granted', () => {
  test('looking may ask the API and the widget, and change nothing', () =>
    expect(toLook).toEqual([`execute-api:Invoke ${API}/GET/v1/*`, 'lambda:InvokeFunction {LoginsConsoleWidget.Arn}']));

  test('ending may end sessions, and delete nothing else', () =>
    expect(toEnd).toEqual([
      `execute-api:Invoke ${API}/DELETE/v1/sessions/*`,
      'lambda:InvokeFunction {LoginsConsoleEnd.Arn}',
    ]));
});

test('a rule of another stack hears what is announced on its bus, which the stage names', () => {
  const { app, curfew } = theirs();
  const other = new Stack(app, 'Other');
  new Rule(other, 'Ends', { eventBus: curfew.bus, eventPattern: { source: ['curfew'] } });
  Template.fromStack(curfew.bus.stack).hasResourceProperties('AWS::Events::EventBus', { Name: 'curfew-dev' });
  Template.fromStack(other).resourceCountIs('AWS::Events::Rule', 1);
});

test('two stages stand in one stack, and share no name', () => {
  const { stack } = theirs();
  new Curfew(stack, 'More', { realms: REALMS, stage: 'staging' });
  const template = Template.fromStack(stack);
  const names = ['AWS::Events::EventBus', 'AWS::ApiGatewayV2::Api'].flatMap((type) =>
    Object.values(template.findResources(type)).map(({ Properties }) => Properties.Name),
  );
  expect(names.sort()).toEqual(['curfew-dev', 'curfew-dev', 'curfew-staging', 'curfew-staging']);
});

test('a metric is that of all realms, or of the one that is asked for, as it is best added up', () => {
  const { curfew } = theirs();
  expect(curfew.metricOf('LoginRefused')).toMatchObject({ metricName: 'LoginRefused', statistic: 'Sum' });
  expect(curfew.metricOf('AnnouncedLateMs')).toMatchObject({ statistic: 'Maximum' });
  const dimensionsMap = { realm: 'lab' };
  expect(curfew.metricOf('OpenSessions', { dimensionsMap })).toMatchObject({
    statistic: 'Maximum',
    dimensions: dimensionsMap,
  });
});

test('there is a topic for alarms where there are alarms', () => {
  expect(theirs().curfew.alarmTopic).toBeUndefined();
  expect(theirs({ alarms: true }).curfew.alarmTopic).toBeDefined();
});

describe('the realms', () => {
  test('are taken as text too', () => expect(() => theirs({ realms: JSON.stringify(REALMS) })).not.toThrow());

  test('that contradict themselves are refused, each fault in a line', () =>
    expect(() => theirs({ realms: { realms: { a: { profile: 'none' }, b: {} } } })).toThrow(
      /^the realms are refused:\n.*realm "a".*\n.*realm "b"/,
    ));

  test('that are doubtful are taken with a warning', () => {
    const webhook = { url: 'http://127.0.0.1:9000/', events: ['session.ended'] };
    const { stack } = theirs({ realms: { realms: { lab: { profile: 'release-station', webhook } } } });
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('is for trying on one machine'));
  });
});

test('a stage has a name that resources can bear', () =>
  expect(() => theirs({ stage: 'Prod!' })).toThrow('stage "Prod!" must be 1 to 31 of a-z, 0-9 and "-"'));
