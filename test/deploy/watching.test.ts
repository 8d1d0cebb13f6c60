/** What operators watch, and what calls them. */
import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { announcedWithin } from '../../lib/deploy/alarms.ts';
import { propertiesIn, useSynth } from './synth.ts';

const { templateOf } = useSynth();
const prod = templateOf('prod', { alarmEmail: 'print@example.org', runbook: 'https://example.org/operating.md' });
const alarms = propertiesIn(prod, 'AWS::CloudWatch::Alarm');
const composites = propertiesIn(prod, 'AWS::CloudWatch::CompositeAlarm');

/** As a page of documentation makes anchors of its headings. */
const anchors = new Set(
  [...readFileSync('docs/operating.md', 'utf8').matchAll(/^##+ (.*)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  ),
);

describe('an alarm', () => {
  test.each(alarms.concat(composites).map(({ AlarmDescription }) => AlarmDescription))(
    'leads to its article: %s',
    (said) => {
      const [, article = ''] = /https:\/\/example\.org\/operating\.md#(\S+)$/.exec(said) ?? [];
      expect(anchors).toContain(article);
    },
  );

  test('stays quiet where nothing is counted, as at night', () => {
    for (const alarm of alarms) expect(alarm.TreatMissingData).toBe('notBreaching');
  });

  test('calls a person only if nobody else calls for the same cause', () => {
    const calling = alarms.filter(({ AlarmActions = [] }) => AlarmActions.length > 0);
    expect(calling.map(({ AlarmDescription }) => AlarmDescription)).toEqual([expect.stringContaining('#dead-letters')]);
    expect(composites).toHaveLength(2);
    for (const { AlarmActions, OKActions } of composites) expect([AlarmActions, OKActions].flat()).toHaveLength(2);
    // Every other alarm is part of one of the two.
    const rules = JSON.stringify(composites.map(({ AlarmRule }) => AlarmRule));
    const parts = Object.entries(prod.findResources('AWS::CloudWatch::Alarm'))
      .filter(([, { Properties }]) => Properties.AlarmActions === undefined)
      .map(([id]) => id);
    expect(parts).toHaveLength(6);
    for (const id of parts) expect(rules).toContain(id);
  });

  test('is about lateness from the instant at which the promise is broken', () => {
    const late = alarms.find((alarm) => JSON.stringify(alarm).includes('AnnouncedLateMs'));
    expect(late).toMatchObject({
      ComparisonOperator: 'GreaterThanThreshold',
      Metrics: [{ MetricStat: { Stat: 'Maximum' } }],
    });
    // The backstop's five minutes, the one-minute slots of this realms file, two for sweep, stream and bus.
    expect(late?.Threshold).toBe(8 * 60_000);
    expect(announcedWithin([30_000, 300_000]).toMinutes()).toBe(12);
  });

  test('goes to whoever is named, through a topic that takes no plain connection', () => {
    prod.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'print@example.org' });
    prod.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
          }),
        ]),
      },
    });
  });
});

test('nobody is called for a stage that goes with its data, unless it is asked for', () => {
  expect(propertiesIn(templateOf('dev'), 'AWS::CloudWatch::CompositeAlarm')).toEqual([]);
  expect(propertiesIn(templateOf('dev', { alarms: true }), 'AWS::CloudWatch::CompositeAlarm')).toHaveLength(2);
});

describe('the dashboard', () => {
  const [body] = propertiesIn(prod, 'AWS::CloudWatch::Dashboard').map(({ DashboardBody }) =>
    JSON.stringify(DashboardBody),
  );

  test.each([
    ...[
      'LoginOpened',
      'LoginRefused',
      'SessionEnded',
      'OpenSessions',
      'TakenOver',
      'Forbidden',
      'Unproven',
      'AnnouncedLateMs',
    ],
    ...['WorstOverdueMs', 'UnarmedSlot', 'SweptSessions', 'SweepFailed', 'ApproximateNumberOfMessagesVisible'],
    ...[
      'Errors',
      'Throttles',
      'ReadThrottleEvents',
      'WriteThrottleEvents',
      'ConsumedWriteCapacityUnits',
      'Invocations',
    ],
  ])('draws %s', (metric) => expect(body).toContain(metric));

  test('explains the promises, and shows live sessions', () => {
    expect(body).toContain('never back from the dead');
    expect(body).toContain('ConsoleWidget');
    expect(body).toContain('promised');
  });
});
