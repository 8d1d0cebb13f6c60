/** Who may do what: a table of everything that each role is granted, and what must never be in it. */
import { describe, expect, test } from 'vitest';
import { grantsIn, list, resourceText, useSynth } from './synth.ts';

const { templateOf } = useSynth();
const prod = templateOf('prod');
const grants = grantsIn(prod);

const TABLE = '{SeatsTable.Arn}';
const TIMERS =
  'arn:{AWS::Partition}:scheduler:{AWS::Region}:{AWS::AccountId}:schedule/curfewprod-Timers-Group-2206D7F8/*';

/** Role, resource, actions. A right that is missing here has not been thought about. */
const GRANTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  OnStationEvent: {
    '{OnStationEventLog.Arn}': 'logs:CreateLogStream logs:PutLogEvents',
    [TABLE]: 'dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem',
    '{MasterSecret}': 'secretsmanager:GetSecretValue',
    [TIMERS]: 'scheduler:CreateSchedule',
    '{TimersRole.Arn}': 'iam:PassRole',
  },
  OnOperatorRequest: {
    '{OnOperatorRequestLog.Arn}': 'logs:CreateLogStream logs:PutLogEvents',
    [TABLE]: 'dynamodb:BatchGetItem dynamodb:BatchWriteItem dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem',
    [`${TABLE}/index/due`]: 'dynamodb:Query',
    '{MasterSecret}': 'secretsmanager:GetSecretValue',
  },
  OnSweep: {
    '{OnSweepLog.Arn}': 'logs:CreateLogStream logs:PutLogEvents',
    [TABLE]: 'dynamodb:BatchGetItem dynamodb:UpdateItem',
    [`${TABLE}/index/due`]: 'dynamodb:Query',
    '{FailedSweeps.Arn}': 'sqs:SendMessage',
    [TIMERS]: 'scheduler:CreateSchedule',
    '{TimersRole.Arn}': 'iam:PassRole',
  },
  OnSeatChange: {
    '{OnSeatChangeLog.Arn}': 'logs:CreateLogStream logs:PutLogEvents',
    [TABLE]: 'dynamodb:BatchWriteItem dynamodb:UpdateItem',
    '{SeatsTable.StreamArn}':
      'dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams',
    '{JournalBus.Arn}': 'events:PutEvents',
    '{JournalUnwritten.Arn}': 'sqs:SendMessage',
  },
  ConsoleWidget: {
    '{ConsoleWidgetLog.Arn}': 'logs:CreateLogStream logs:PutLogEvents',
    [TABLE]: 'dynamodb:BatchGetItem dynamodb:GetItem dynamodb:Query',
    [`${TABLE}/index/due`]: 'dynamodb:Query',
  },
  ConsoleEnd: {
    '{ConsoleEndLog.Arn}': 'logs:CreateLogStream logs:PutLogEvents',
    [TABLE]: 'dynamodb:BatchWriteItem dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem',
  },
  Timers: { '{OnSweep.Arn}': 'lambda:InvokeFunction', '{TimersUnfired.Arn}': 'sqs:SendMessage' },
};

test('each role may do what its work needs, and nothing else', () => {
  const granted: Record<string, Record<string, string>> = {};
  for (const { role, statement } of grants) {
    for (const resource of list(statement.Resource).map(resourceText)) {
      const ofRole = granted[role] ?? {};
      granted[role] = ofRole;
      const actions = [...(ofRole[resource]?.split(' ') ?? []), ...list(statement.Action)];
      ofRole[resource] = [...new Set(actions)].sort().join(' ');
    }
  }
  expect(granted).toEqual(GRANTED);
});

test('the table above is all that there is: no policy of a role itself, none of AWS', () => {
  for (const [name, role] of Object.entries(prod.findResources('AWS::IAM::Role'))) {
    expect([name, role.Properties.ManagedPolicyArns, role.Properties.Policies]).toEqual([name, undefined, undefined]);
  }
});

describe('a wildcard', () => {
  const reads = /^[a-z]+:(Get|BatchGet|List|Describe|Query)/;
  /** Why it cannot be named: a timer's name is made with the timer. Its group is ours and holds nothing else. */
  const excepted = (action: string, resource: string) => action === 'scheduler:CreateSchedule' && resource === TIMERS;

  test.each([
    ['', {}],
    [', with a key of the account’s own', { customerKey: true }],
  ])('stands in no action, and in no resource of a write%s', (_, options) => {
    const wide = grantsIn(templateOf('prod', options)).flatMap(({ role, statement }) =>
      list(statement.Action).flatMap((action) =>
        list(statement.Resource)
          .map(resourceText)
          .filter((resource) => action.includes('*') || (resource.includes('*') && !reads.test(action)))
          .filter((resource) => !excepted(action, resource))
          .map((resource) => `${role}: ${action} on ${resource}`),
      ),
    );
    expect(wide).toEqual([]);
  });

  test('stands nowhere else in a policy of a resource but in what is forbidden', () => {
    for (const policy of Object.values(prod.findResources('AWS::SQS::QueuePolicy'))) {
      const { Statement } = policy.Properties.PolicyDocument;
      expect(Statement.map(({ Effect }: { Effect: string }) => Effect)).toEqual(['Deny']);
    }
  });
});

test('timers are fired in our role only', () => {
  const passing = grants.filter(({ statement }) => list(statement.Action).includes('iam:PassRole'));
  expect(passing.map(({ role }) => role)).toEqual(['OnStationEvent', 'OnSweep']);
  for (const { statement } of passing) {
    expect(statement.Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } });
  }
});

test('the Scheduler takes up its role for our group only', () => {
  const [role, ...others] = Object.values(
    prod.findResources('AWS::IAM::Role', {
      Properties: {
        AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'scheduler.amazonaws.com' } }] },
      },
    }),
  );
  expect(others).toEqual([]);
  expect(role?.Properties.AssumeRolePolicyDocument.Statement[0].Condition).toEqual({
    StringEquals: {
      'aws:SourceAccount': { Ref: 'AWS::AccountId' },
      'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^TimersGroup/), 'Arn'] },
    },
  });
});

test('each function may be invoked by what calls it: the API, for its routes, and nobody of the world', () => {
  for (const { Properties } of Object.values(prod.findResources('AWS::Lambda::Permission'))) {
    expect(Properties).toMatchObject({ Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' });
    expect(resourceText(Properties.SourceArn)).toMatch(/:\{ApiHttp\}\/\*\/\*\/(v1\/|openapi\.json|health)/);
  }
});
