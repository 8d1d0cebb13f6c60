/** Stacks as the CDK makes them, for tests to look at. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { buildFunctions } from '../../lib/build/functions.ts';
import { CurfewStack, type CurfewStackProps } from '../../lib/deploy/stack.ts';

await buildFunctions();
const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
const realms = readFileSync('realms.json', 'utf8');

type Options = Partial<Omit<CurfewStackProps, 'stage'>>;

/** Call it at the top of a test file. */
export function useSynth() {
  const outdir = mkdtempSync(join(tmpdir(), 'curfew-synth-'));
  afterAll(() => rmSync(outdir, { recursive: true }));
  let count = 0;

  const stackOf = (stage: string, options: Options = {}): CurfewStack => {
    const app = new App({
      outdir: join(outdir, String(count++)),
      context,
    });
    return new CurfewStack(app, 'Curfew', { stackName: `curfew-${stage}`, stage, realms, ...options });
  };
  return { stackOf, templateOf: (...of: Parameters<typeof stackOf>) => Template.fromStack(stackOf(...of)) };
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

export interface Grant {
  readonly role: string;
  readonly statement: Statement;
}

export const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

/** Every statement that grants something to one of our roles, by the role's logical name. */
export function grantsIn(template: Template): Grant[] {
  return Object.values(template.findResources('AWS::IAM::Policy')).flatMap((policy) =>
    policy.Properties.PolicyDocument.Statement.filter((statement: Statement) => statement.Effect === 'Allow').flatMap(
      (statement: Statement) =>
        policy.Properties.Roles.map((role: { Ref: string }) => ({
          role: role.Ref.replace(/Role[0-9A-F]{8}$/, ''),
          statement,
        })),
    ),
  );
}

/** A resource as a policy names it, as text: what is filled in later is named in braces. */
export function resourceText(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const [[intrinsic, value] = []] = Object.entries(resource as object);
  if (intrinsic === 'Fn::Join') return (value as [string, unknown[]])[1].map(resourceText).join((value as [string])[0]);
  // The hash that ends a logical name says nothing.
  const name = (text: string) => text.replace(/[0-9A-F]{8}$/, '');
  return intrinsic === 'Fn::GetAtt'
    ? `{${name((value as string[])[0] ?? '')}.${(value as string[])[1]}}`
    : `{${name(String(value))}}`;
}

/** The properties of each resource of a type. */
export const propertiesIn = (template: Template, type: string) =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);
