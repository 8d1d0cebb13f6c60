/** The console in the stack: two functions, and a grant for each. */
import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { expect, test } from 'vitest';
import { Console } from '../../lib/deploy/console.ts';
import { SeatTable } from '../../lib/deploy/seat-table.ts';
import './synth.ts';

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
const template = (() => {
  const stack = new Stack(new App({ context }), 'Curfew');
  const seats = new SeatTable(stack, 'Seats', {
    kept: false,
    protect: false,
    customerKey: undefined,
    existing: undefined,
  });
  const defaults = {
    realms: '{}',
    namespace: 'Curfew/dev',
    shards: 4,
    logRetention: RetentionDays.ONE_MONTH,
    customerKey: undefined,
  };
  new Console(stack, 'Console', { defaults, seats, auditDays: 365 });
  return Template.fromStack(stack);
})();

/** What a function's role may do, by the function's name in the stack. */
function actionsOf(role: string): string[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    Properties.Roles.some(({ Ref }: { Ref: string }) => Ref.startsWith(role)),
  );
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  return [...new Set<string>(statements.flatMap(({ Action }: { Action: string | string[] }) => Action))].sort();
}

const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];

test('the function that looks may write nothing, nor call the one that ends', () =>
  expect(actionsOf('ConsoleWidgetRole')).toEqual([
    'dynamodb:BatchGetItem',
    'dynamodb:GetItem',
    'dynamodb:Query',
    ...LOGS,
  ]));

test('the function that ends may change sessions, and write the trail', () =>
  expect(actionsOf('ConsoleEndRole')).toEqual([
    'dynamodb:BatchWriteItem',
    'dynamodb:GetItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
    ...LOGS,
  ]));

test.each(['Widget', 'End'])('the right to call %s is a policy of its own', (name) => {
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: 'lambda:InvokeFunction',
          Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp(`^Console${name}[0-9A-F]{8}$`), 'Arn'] },
        },
      ],
    },
  });
  template.resourceCountIs('AWS::IAM::ManagedPolicy', 2);
});

test('the widget knows whom its button calls', () =>
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Shows sessions on a dashboard',
    Environment: {
      Variables: { CURFEW_CONSOLE_END_ARN: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ConsoleEnd'), 'Arn'] } },
    },
  }));

test('both keep their logs for a while', () => {
  const groups = Object.values(template.findResources('AWS::Logs::LogGroup'));
  expect(groups.map(({ Properties }) => Properties.RetentionInDays)).toEqual([30, 30]);
});
