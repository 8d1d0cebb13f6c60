/** The policies in the template, a line each, so that `cdk diff` and whoever reviews it see which one a change is of. */
import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { PROFILES } from '../realms/realm-text.ts';
import type { Policy } from '../session/policy.ts';

/** CloudFormation takes a template of 1 MB; the rest of ours has less than half of that. */
const SIZE_MAX = 400_000;

/**
 * Writes each field that the realms file says into the template's metadata, by its realm and name, and what the profiles in use
 * say where it says nothing: a later version may have others.
 * @param name of the deployment; a stack may have several
 */
export function showPolicies(scope: Construct, name: string, text: string, realms: Iterable<Policy>): void {
  const { realms: said, dialects = {} } = JSON.parse(text);
  const profiles = Object.fromEntries([...realms].map(({ profile }) => [`profile ${profile}`, PROFILES[profile]]));
  const shown = Object.fromEntries(
    [...leavesOf({ ...profiles, ...said, ...prefixed('dialect', dialects) })].map(([path, value]) => [
      `${name} ${path.join(' ')}`,
      path.at(-2) === 'webhook' && path.at(-1) === 'url' ? withoutPath(String(value)) : value,
    ]),
  );
  const { templateOptions } = Stack.of(scope);
  const fits = JSON.stringify(shown).length <= SIZE_MAX;
  templateOptions.metadata = {
    ...templateOptions.metadata,
    ...(fits ? shown : { [`${name} policies`]: `too many to stand here: npx curfew policy diff (${digest(text)})` }),
  };
}

const prefixed = (prefix: string, named: object): object =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [`${prefix} ${name}`, value]));

/** What is said, by the way to it; a list is said as a whole. */
function* leavesOf(value: object, path: readonly string[] = []): Generator<[string[], unknown]> {
  for (const [name, member] of Object.entries(value)) {
    const isObject = typeof member === 'object' && member !== null && !Array.isArray(member);
    if (isObject) yield* leavesOf(member, [...path, name]);
    else yield [[...path, name], Array.isArray(member) ? JSON.stringify(member) : member];
  }
}

/** Some receivers have their secret in their address, and a template is read by many. */
const withoutPath = (url: string): string => `${new URL(url).origin}/… (${digest(url)})`;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
