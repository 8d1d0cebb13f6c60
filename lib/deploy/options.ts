/** The options of a deployment as the CDK's context has them: values of `cdk.json`, or the texts that `-c name=value` makes. */
import { TRAIL_DAYS } from '../service/ports.ts';
import { SHARDS_DEFAULT, SHARDS_MAX } from '../table.ts';
import { type Concurrency, concurrencyFor } from './concurrency.ts';
import { type CurfewProps, STAGE } from './curfew.ts';
import { nearest } from './nearest.ts';
import type { OwnDomainProps } from './own-domain.ts';
import type { ExistingTable } from './seat-table.ts';
import { STATION_RATE } from './throttles.ts';

export interface Options
  extends Pick<
    Required<CurfewProps>,
    | 'stage'
    | 'protect'
    | 'shards'
    | 'auditDays'
    | 'stationRate'
    | 'reserve'
    | 'existingTable'
    | 'masterSecretArn'
    | 'domain'
    | 'customerKey'
    | 'alarms'
    | 'alarmEmail'
    | 'insights'
    | 'silent'
    | 'runbook'
  > {
  /** The file that has them. */
  readonly realms: string;
  /** Beside `curfew:stage`. */
  readonly tags: Readonly<Record<string, string>>;
}

interface Option<Value> {
  /** What holds where nobody says anything, for people. */
  readonly otherwise: string;
  /** In the table of docs/deploying.md. */
  readonly is: string;
  readonly wanted: string;
  /** Throws what is wrong with it. */
  readonly as: (value: unknown) => Value;
}

/** The account's own quota, before it is raised. */
const RATE_MAX = 10_000;
const CONCURRENCY_MAX = 10_000;
/** Ten years: as long as books are kept. */
const AUDIT_DAYS_MAX = 3_653;

/** All there are. What the app takes, what it refuses and the table of docs/deploying.md are made from these. */
const OPTIONS: { readonly [Name in keyof Options]: Option<Options[Name]> } = {
  stage: {
    otherwise: '`prod`',
    is: "the stack's name is `curfew-<stage>`; `dev` goes with its data, every other keeps it",
    wanted: '1 to 31 of a-z, 0-9 and "-", and begin with a letter',
    as: toText(STAGE),
  },
  realms: {
    otherwise: '`realms.json`',
    is: 'the file of realms and [policies](policy.md), deployed with the functions',
    wanted: 'the name of a file',
    as: toText(/./),
  },
  protect: {
    otherwise: '`false`',
    is: 'whether stack and table refuse to be deleted, [from the second deployment on](#the-first-deployment); never in `dev`',
    wanted: 'true or false',
    as: toBoolean,
  },
  shards: {
    otherwise: String(SHARDS_DEFAULT),
    is: `[how many shares](operating.md#shards) of the users have sweeps of their own, ${SHARDS_MAX} at most`,
    wanted: `a whole number up to ${SHARDS_MAX}`,
    as: (value) => wholeNumber(value, SHARDS_MAX),
  },
  stationRate: {
    otherwise: STATION_RATE.toLocaleString('en'),
    is: 'requests a second that [stations may send](#throttles)',
    wanted: `a whole number up to ${RATE_MAX}`,
    as: (value) => wholeNumber(value, RATE_MAX),
  },
  auditDays: {
    otherwise: String(TRAIL_DAYS),
    is: 'for how many days [the trail](api.md#the-trail) of what operators did is kept; what is there already keeps its own',
    wanted: `a whole number up to ${AUDIT_DAYS_MAX}`,
    as: (value) => wholeNumber(value, AUDIT_DAYS_MAX),
  },
  reserve: {
    otherwise: 'on, in `dev` off',
    is: '[concurrency](#concurrency) kept free for each function: `none`, or `{"stations": 400}` and so on',
    wanted: '"none", or an object of whole numbers for some of the functions',
    as: toReserve,
  },
  tags: {
    otherwise: '`curfew:stage`',
    is: 'on all that takes tags, beside that one: `{"cost-centre": "print"}`',
    wanted: 'an object of texts',
    as: toTags,
  },
  existingTable: {
    otherwise: 'none',
    is: 'a table that there is already, [restored](recovering.md) or brought along: `{"name": "…", "streamArn": "…"}`',
    wanted: 'an object with name and streamArn',
    as: toTable,
  },
  masterSecretArn: {
    otherwise: 'none',
    is: 'a master secret that there is already, so that [stations keep their keys](recovering.md#another-region)',
    wanted: 'the complete ARN of a secret',
    as: toText(/^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+-\w{6}$/),
  },
  domain: {
    otherwise: 'none',
    is: 'a domain name of your own, with [mutual TLS](#mutual-tls)',
    wanted: 'an object with name, certificateArn and truststore',
    as: toDomain,
  },
  customerKey: {
    otherwise: '`false`',
    is: 'encryption with [a key of your account](#a-key-of-your-own)',
    wanted: 'true or false',
    as: toBoolean,
  },
  alarms: {
    otherwise: '`true`, in `dev` `false`',
    is: '[alarms](operating.md#alarms), and the topic that they write to',
    wanted: 'true or false',
    as: toBoolean,
  },
  alarmEmail: {
    otherwise: 'nobody',
    is: 'who is written to; SNS first asks that address to confirm. Without alarms, as in `dev`, nothing is sent',
    wanted: 'an e-mail address',
    as: toText(/^[^\s@]+@[^\s@]+$/),
  },
  insights: {
    otherwise: '`false`',
    is: 'whether the dashboard [ranks stations](operating.md#which-stations): those that are refused most, and those that say most',
    wanted: 'true or false',
    as: toBoolean,
  },
  silent: {
    otherwise: '`false`',
    is: 'whether it is counted every hour which stations that speak daily [have been silent for a day](operating.md#stations-are-silent), with an alarm',
    wanted: 'true or false',
    as: toBoolean,
  },
  runbook: {
    otherwise: "the file's name, in words",
    is: 'the `https://` address where your people read [operating.md](operating.md): alarms and dashboard link to it',
    wanted: 'the https:// address of docs/operating.md',
    as: toText(/^https:\/\/\S+$/),
  },
};

export interface ReadOptions {
  readonly options: Partial<Options>;
  /** One sentence each. With any, the options are not to be used. */
  readonly errors: readonly string[];
}

/** @param context all of it: what is nobody else's and no option is refused, for a misspelt `stage` would deploy production */
export function readOptions(context: Readonly<Record<string, unknown>>): ReadOptions {
  const names = Object.keys(OPTIONS);
  const errors = Object.keys(context)
    .filter((name) => !isOfOthers(name) && !names.includes(name))
    .map((name) => {
      const meant = nearest(name, names);
      const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
      return `there is no option "${name}"${hint || `; there are ${names.join(', ')}`}`;
    });
  const read = Object.entries(OPTIONS).flatMap(([name, { as, wanted }]) => {
    const value = context[name];
    if (value === undefined) return [];
    try {
      return [[name, as(typeof value === 'string' ? fromText(value) : value)]];
    } catch (error) {
      errors.push(`${name} must be ${wanted}${error instanceof Fault ? `: ${error.message}` : ''}`);
      return [];
    }
  });
  return { options: Object.fromEntries(read), errors };
}

/** The CDK's own switches and lookups, and whatever others put into the context of all their apps, have a prefix. */
const isOfOthers = (name: string): boolean => /[:/]/.test(name) || CDK_KEEPS.has(name);

/** What the CDK's command itself writes into `cdk.json` or `cdk.context.json` without one. */
const CDK_KEEPS: ReadonlySet<string> = new Set(['acknowledged-issue-numbers', 'cli-telemetry']);

/** As docs/deploying.md has it. */
export const optionsTable = (): string =>
  [
    '| option | default | is |',
    '|---|---|---|',
    ...Object.entries(OPTIONS).map(([name, { otherwise, is }]) => `| \`${name}\` | ${otherwise} | ${is} |`),
  ].join('\n');

/** Says which part of a value is wrong. */
class Fault extends Error {}

/** What is no JSON is meant as the text that it is. */
function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function wholeNumber(value: unknown, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Fault(`not ${JSON.stringify(value)}`);
}

function toBoolean(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new Fault(`not ${JSON.stringify(value)}`);
}

function toText(fits: RegExp): (value: unknown) => string {
  return (value) => {
    if (typeof value === 'string' && fits.test(value)) return value;
    throw new Fault(`not ${JSON.stringify(value)}`);
  };
}

function toReserve(value: unknown): Partial<Concurrency> | 'none' {
  if (value === 'none') return value;
  const known = Object.keys(concurrencyFor(1));
  return Object.fromEntries(
    membersOf(value, known).map(([name, number]) => {
      try {
        return [name, wholeNumber(number, CONCURRENCY_MAX)];
      } catch (error) {
        throw error instanceof Fault ? new Fault(`${name} is a whole number, ${error.message}`) : error;
      }
    }),
  );
}

/** As CloudFormation takes them. */
function toTags(value: unknown): Record<string, string> {
  const [wrong] = entriesOf(value).filter(
    ([name, text]) => !/^(?!aws:)[\w .:/=+@-]{1,128}$/.test(name) || typeof text !== 'string' || text.length > 256,
  );
  if (wrong !== undefined) throw new Fault(`not ${JSON.stringify(Object.fromEntries([wrong]))}`);
  return Object.fromEntries(entriesOf(value).map(([name, text]) => [name, String(text)]));
}

function toTable(value: unknown): ExistingTable {
  const { name, streamArn } = Object.fromEntries(membersOf(value, ['name', 'streamArn']));
  if (typeof name !== 'string' || !/^[\w.-]{3,255}$/.test(name)) throw new Fault(`name is not ${JSON.stringify(name)}`);
  const stream = typeof streamArn === 'string' ? streamArn : '';
  if (!/^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]+\/stream\/\S+$/.test(stream)) {
    throw new Fault(`streamArn is not ${JSON.stringify(streamArn)}`);
  }
  if (!stream.includes(`:table/${name}/`)) throw new Fault('streamArn is of another table');
  return { name, streamArn: stream };
}

/** What each member of a domain looks like. */
const DOMAIN = {
  name: /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
  certificateArn: /^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/.+$/,
  truststore: /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.+$/,
  truststoreVersion: /^\S+$/,
} as const;

function toDomain(value: unknown): OwnDomainProps {
  const given = Object.fromEntries(membersOf(value, Object.keys(DOMAIN)));
  const text = (name: keyof typeof DOMAIN): string => {
    const member = given[name];
    if (typeof member === 'string' && DOMAIN[name].test(member)) return member;
    throw new Fault(member === undefined ? `${name} is missing` : `${name} is not ${JSON.stringify(member)}`);
  };
  return {
    name: text('name'),
    certificateArn: text('certificateArn'),
    truststore: text('truststore'),
    ...(given.truststoreVersion === undefined ? {} : { truststoreVersion: text('truststoreVersion') }),
  };
}

function membersOf(value: unknown, known: readonly string[]): [string, unknown][] {
  const members = entriesOf(value);
  const unknown = members.find(([name]) => !known.includes(name));
  if (unknown !== undefined) throw new Fault(`there is no "${unknown[0]}", only ${known.join(', ')}`);
  return members;
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Fault('this is no object');
  return Object.entries(value);
}
