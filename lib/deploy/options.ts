/** The stack's options as the CDK's context has them: values of `cdk.json`, or the texts that `-c name=value` makes. */
import { SHARDS_MAX } from '../table.ts';
import { type Concurrency, concurrencyFor } from './concurrency.ts';
import type { CurfewProps } from './curfew.ts';
import type { OwnDomainProps } from './own-domain.ts';

type Options = Pick<
  CurfewProps,
  'shards' | 'stationRate' | 'reserve' | 'domain' | 'customerKey' | 'alarms' | 'alarmEmail' | 'runbook'
>;

export interface ReadOptions {
  readonly options: Options;
  /** One sentence each. With any, the options are not to be used. */
  readonly errors: readonly string[];
}

/** The account's own quota, before it is raised. */
const RATE_MAX = 10_000;
const CONCURRENCY_MAX = 10_000;

export function readOptions(context: (name: keyof Options) => unknown): ReadOptions {
  const errors: string[] = [];
  const read = <T>(name: keyof Options, as: (value: unknown) => T, wanted: string): T | undefined => {
    const value = context(name);
    if (value === undefined) return undefined;
    try {
      return as(typeof value === 'string' ? fromText(value) : value);
    } catch (error) {
      errors.push(`${name} must be ${wanted}${error instanceof Fault ? `: ${error.message}` : ''}`);
      return undefined;
    }
  };
  const shards = read('shards', (value) => wholeNumber(value, SHARDS_MAX), `a whole number up to ${SHARDS_MAX}`);
  const stationRate = read('stationRate', (value) => wholeNumber(value, RATE_MAX), `a whole number up to ${RATE_MAX}`);
  const reserve = read('reserve', toReserve, '"none", or an object of whole numbers for some of the functions');
  const domain = read('domain', toDomain, 'an object with name, certificateArn and truststore');
  const customerKey = read('customerKey', toBoolean, 'true or false');
  const alarms = read('alarms', toBoolean, 'true or false');
  const alarmEmail = read('alarmEmail', toText(/^[^\s@]+@[^\s@]+$/), 'an e-mail address');
  const runbook = read('runbook', toText(/^https:\/\/\S+$/), 'the https:// address of docs/operating.md');
  const options: Options = {
    ...(shards === undefined ? {} : { shards }),
    ...(stationRate === undefined ? {} : { stationRate }),
    ...(reserve === undefined ? {} : { reserve }),
    ...(domain === undefined ? {} : { domain }),
    ...(customerKey === undefined ? {} : { customerKey }),
    ...(alarms === undefined ? {} : { alarms }),
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    ...(runbook === undefined ? {} : { runbook }),
  };
  return { options, errors };
}

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

const toText =
  (fits: RegExp) =>
  (value: unknown): string => {
    if (typeof value === 'string' && fits.test(value)) return value;
    throw new Fault(`not ${JSON.stringify(value)}`);
  };

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
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Fault('this is no object');
  const members = Object.entries(value);
  const unknown = members.find(([name]) => !known.includes(name));
  if (unknown !== undefined) throw new Fault(`there is no "${unknown[0]}", only ${known.join(', ')}`);
  return members;
}
