import { Duration, Validations } from 'aws-cdk-lib';
import { type EventBus, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Policy, WebhookPolicy } from '../session/policy.ts';
import { CurfewFunction, type FunctionDefaults } from './curfew-function.ts';
import { DeadLetters, encryptionBy } from './dead-letters.ts';
import type { MasterSecret } from './master-secret.ts';
import { TIMEOUTS } from './timeouts.ts';

/** As often as lib/station/webhook.ts has pauses for. A test compares them. */
const TRIES_MAX = 15;

/** Lambda's own: fewer at once cannot be asked for. */
const AT_ONCE_MIN = 2;

interface WebhookProps {
  readonly defaults: FunctionDefaults;
  readonly bus: EventBus;
  /** The realms that have one which can be reached from here. */
  readonly realms: readonly WebhookRealm[];
  readonly masterSecret: MasterSecret;
  /** How many of the function run at once at most. */
  readonly atOnce: number;
  /** Whether so many are kept free for it in the account. */
  readonly reserved: boolean;
}

export interface WebhookRealm {
  readonly realm: string;
  readonly webhook: WebhookPolicy;
}

/** What is `http:` is for trying on one machine: from a function, its own runtime would answer there. */
export const webhookRealms = (realms: Iterable<Policy>): WebhookRealm[] =>
  [...realms].flatMap(({ realm, webhook }) => (webhook?.url.startsWith('https:') === true ? [{ realm, webhook }] : []));

/**
 * From the bus to whoever the realms want told: a rule for each realm, one queue, and a function that signs anew for each
 * try. Not an API destination, which cannot sign: docs/decisions/0019.
 */
export class Webhook extends Construct {
  readonly onSessionEvent: CurfewFunction;
  readonly queueUrl: string;
  /** What no receiver took, or one wants no more of; and what the bus could not put into the queue. */
  readonly undelivered: DeadLetters;

  constructor(scope: Construct, id: string, props: WebhookProps) {
    super(scope, id);
    const { defaults, bus } = props;
    const { customerKey } = defaults;
    const atOnce = Math.max(AT_ONCE_MIN, props.atOnce);
    this.undelivered = new DeadLetters(this, 'Undelivered', customerKey);
    const queue = new Queue(this, 'Queue', {
      ...encryptionBy(customerKey),
      enforceSSL: true,
      // A function that died says nothing: its messages come back after what Lambda recommends, six times what it may take.
      visibilityTimeout: Duration.seconds(6 * TIMEOUTS.webhook.toSeconds()),
      // Longer than all tries take.
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.undelivered, maxReceiveCount: TRIES_MAX },
    });

    this.queueUrl = queue.queueUrl;

    const target: IRuleTarget = {
      // Not the CDK's own target, which would let the bus read the queue's attributes, and use the key for anything.
      bind: () => ({ arn: queue.queueArn, deadLetterConfig: { arn: this.undelivered.queueArn } }),
    };
    const rules = props.realms.map(
      ({ realm, webhook }) =>
        new Rule(this, `Rule-${realm}`, {
          description: `What ${realm} wants its receiver told`,
          eventBus: bus,
          eventPattern: { source: ['curfew'], detailType: [...webhook.events], detail: { realm: [realm] } },
          targets: [target],
        }),
    );
    for (const into of [queue, this.undelivered]) {
      into.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('events.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [into.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': rules.map(({ ruleArn }) => ruleArn) } },
        }),
      );
    }
    customerKey?.grantService('events.amazonaws.com');

    const fn = new CurfewFunction(this, 'OnSessionEvent', {
      ...defaults,
      entry: 'on-session-event',
      description: 'Tells receivers what has become of sessions',
      timeout: TIMEOUTS.webhook,
      reserved: props.reserved ? atOnce : undefined,
    });
    this.onSessionEvent = fn;
    fn.addEnvironment('CURFEW_WEBHOOK_QUEUE_URL', queue.queueUrl);
    fn.addEnvironment('CURFEW_WEBHOOK_DLQ_URL', this.undelivered.queueUrl);
    props.masterSecret.grantRead(fn);
    this.undelivered.grantSendMessages(fn);
    fn.allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      queue.queueArn,
    );
    const source = new EventSourceMapping(this, 'Source', {
      target: fn,
      eventSourceArn: queue.queueArn,
      batchSize: 10,
      // Not above what is reserved: a message that is turned away has used up a try.
      maxConcurrency: atOnce,
      reportBatchItemFailures: true,
    });
    Validations.of(source).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'For a queue Lambda takes none: what failed too often goes where the queue itself sends dead letters.',
    });
  }
}
