/** What the roles of a template may do: as much of IAM as the stack makes use of. */
import type { Template } from 'aws-cdk-lib/assertions';
import { list, resourceText, type Statement } from '../deploy/synth.ts';

/** One thing that somebody would do. */
export interface Deed {
  /** `dynamodb:UpdateItem` */
  readonly action: string;
  /** As `resourceText` names it; `{SeatsTable.Arn}`. */
  readonly resource: string;
  /** Of DynamoDB: the partition keys in the request. */
  readonly keys?: readonly string[];
  /** Of DynamoDB: the attributes that the request names. */
  readonly attributes?: readonly string[];
}

export const SEATS_TABLE = '{SeatsTable.Arn}';

/** Roles by the name of what acts in them: `OnStationEvent`. */
export function rolesOf(template: Template): string[] {
  const names = Object.keys(template.findResources('AWS::IAM::Role')).map(roleName);
  return names.toSorted();
}

const roleName = (logicalId: string): string => logicalId.replace(/Role[0-9A-F]{8}$/, '');

export function mayDo(template: Template, role: string, deed: Deed): boolean {
  const statements = Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => roleName(Ref) === role))
    .flatMap(({ Properties }): Statement[] => Properties.PolicyDocument.Statement)
    .filter((statement) => isAbout(statement, deed));
  return statements.some(({ Effect }) => Effect === 'Allow') && !statements.some(({ Effect }) => Effect === 'Deny');
}

function isAbout({ Action, Resource, Condition = {} }: Statement, deed: Deed): boolean {
  return (
    list(Action).some((action) => isLike(deed.action, action)) &&
    list(Resource).some((resource) => isLike(deed.resource, resourceText(resource))) &&
    Object.entries(Condition as Conditions).every(([operator, tests]) =>
      Object.entries(tests).every(([key, values]) => holds(operator, valuesOf(key, deed), list(values))),
    )
  );
}

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

function valuesOf(key: string, { keys = [], attributes = [] }: Deed): readonly string[] {
  if (key === 'dynamodb:LeadingKeys') return keys;
  if (key === 'dynamodb:Attributes') return attributes;
  // Of what is not asked here, all is let pass: where something is passed to, say.
  return [];
}

function holds(operator: string, asked: readonly string[], said: readonly string[]): boolean {
  const fits = (value: string) => said.some((pattern) => isLike(value, pattern));
  switch (operator) {
    case 'ForAllValues:StringLike':
      return asked.every(fits);
    case 'ForAnyValue:StringEquals':
      return asked.some((value) => said.includes(value));
    case 'StringEquals':
      return asked.every((value) => said.includes(value));
    default:
      throw new Error(`no policy of ours had a condition ${operator} so far`);
  }
}

/** `*` is any text, as IAM reads it. */
const isLike = (text: string, pattern: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 's').test(text);

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
