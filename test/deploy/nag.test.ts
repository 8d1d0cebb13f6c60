/** What others hold to be good practice: each finding is mended, or acknowledged where it is made, with its reason. */
import { Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { expect, test } from 'vitest';
import { useSynth } from './synth.ts';

const { stackOf } = useSynth();

const packs = (scope: IConstruct): NagPack[] => [new AwsSolutionsChecks(scope), new ServerlessChecks(scope)];

const findingsOf = (scope: IConstruct): string[] =>
  packs(scope).flatMap((pack) =>
    pack
      .validateScope(scope)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map((resource) => `${ruleName} at ${JSON.stringify(resource)}`),
      ),
  );

const domain = {
  name: 'curfew.example.org',
  certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b',
  truststore: 's3://example-trust/ca.pem',
};

test.each([
  ['dev', {}],
  ['prod', {}],
  ['prod', { domain, customerKey: true }],
])('nothing is found in stage %s with %j that has no reason', (stage, options) => {
  expect(findingsOf(stackOf(stage, options))).toEqual([]);
});

test('what is found elsewhere is not hushed up', () => {
  const stack = stackOf('dev');
  new Queue(stack, 'Unencrypted');
  expect(findingsOf(stack).join('\n')).toMatch(/AwsSolutions-SQS4 at .*Unencrypted/);
});

test('every acknowledgement says why, in a sentence', () => {
  const reasons = stackOf('prod')
    .node.findAll()
    .flatMap((construct) => construct.node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.values(data as Record<string, string>));
  expect(reasons.length).toBeGreaterThan(10);
  for (const reason of reasons) expect(reason).toMatch(/^[A-Z].{40,}\.$/);
});
