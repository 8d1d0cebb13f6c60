/**
 * What a dialect may say: how the SOAP messages of one maker become events, and how they are answered. It is data, so that
 * an operator adds one without code; nothing in it is run. The one definition, of which the check, the types and the JSON
 * Schema are made.
 */

import * as z from 'zod/mini';
import { realmName } from '../names.ts';
import { shown } from '../printable.ts';
import { EVENT_TYPES } from '../session/word.ts';

/** The message of a schema check; the caller puts dialect, place and value before it. */
const rule = (text: string) => ({ error: text });

/** A name of XML without its prefix. */
const NAME = '[\\p{L}_][\\p{L}\\p{N}._-]*';

const xmlName = z
  .string(rule('must be the name of an element, as a string'))
  .check(z.regex(new RegExp(`^${NAME}$`, 'u'), rule('must be the name of an element, without a prefix')));

const PATH_RULE =
  'must be a path of element names, such as "user-info/account-id", at its end perhaps an attribute, such as "/@uuid"';

const pathOf = (...attributes: readonly string[]) =>
  z
    .string(rule(PATH_RULE))
    .check(
      z.regex(
        new RegExp(`^(?:${NAME}(?:/${NAME})*(?:/@(?:${attributes.join('|')}))?|@${NAME})$`, 'u'),
        rule(PATH_RULE),
      ),
    );

/** From the operation's element down. The declared type of an element is read by `@xsi:type`, without its prefix. */
const path = pathOf('xsi:type', NAME);
const answerPath = pathOf(NAME);

/** What of the answer a text may name in braces. */
const ANSWER_FIELDS = ['session', 'user', 'station', 'until', 'outcome', 'detail'] as const;
const FAULT_FIELDS = ['detail', 'user', 'place', 'until', 'minutes'] as const;

export type AnswerField = (typeof ANSWER_FIELDS)[number] | (typeof FAULT_FIELDS)[number];

function template(fields: readonly AnswerField[]) {
  const known = fields.map((field) => `{${field}}`).join(', ');
  const message = rule(`names in braces what there is not; there are ${known}`);
  return z
    .string(rule('must be a text'))
    .check(z.regex(new RegExp(`^(?:[^{}]|\\{(?:${fields.join('|')})\\})*$`), message));
}

const answerText = template(ANSWER_FIELDS);
const faultText = template(FAULT_FIELDS);

const WHEN_RULE = 'must be a text, a list of texts, or true or false for whether it stands there at all';

const caseText = z.strictObject(
  {
    when: z.optional(
      z.record(
        path,
        z.union([z.string(), z.array(z.string()).check(z.minLength(1)), z.boolean()], rule(WHEN_RULE)),
        rule('must be an object of conditions, such as {"event-data/details/@xsi:type": "JOB_STARTED"}'),
      ),
    ),
    event: z.optional(z.enum(EVENT_TYPES, rule(`must be one of ${EVENT_TYPES.join(', ')}`))),
    refuse: z.optional(
      z.string(rule('must be the text to refuse it with')).check(z.minLength(1, 'must be the text to refuse it with')),
    ),
    notice: z.optional(z.boolean(rule('must be true or false'))),
    about: z.optional(z.enum(['job'], rule('must be "job"'))),
    user: z.optional(path),
    session: z.optional(path),
    station: z.optional(path),
    job: z.optional(path),
    id: z.optional(path),
    occurredAt: z.optional(path),
    takeOver: z.optional(path),
    answer: z.optional(
      z.strictObject(
        {
          name: z.optional(xmlName),
          fields: z.optional(
            z.record(
              answerPath,
              answerText,
              rule('must be an object of texts, such as {"Result/SessionID": "{session}"}'),
            ),
          ),
        },
        rule('must be an object such as {"name": "HelloResponse", "fields": {"SessionID": "{session}"}}'),
      ),
    ),
  },
  rule('must be an object such as {"event": "login", "user": "UserName"}'),
);

const namespaces = z
  .array(z.string(rule('must be a namespace, as a string')), rule('must be a list of namespaces'))
  .check(z.minLength(1, 'must name a namespace'));

const NOBODY_RULE = 'must be a list of accounts that are nobody, such as ["blankuser"]';

export const dialectText = z.strictObject(
  {
    note: z.optional(z.string(rule('must be a text'))),
    namespaces: z.optional(namespaces),
    headers: z.optional(namespaces),
    nobody: z.optional(
      z
        .array(z.string(rule('must be the name of an account, as a string')), rule(NOBODY_RULE))
        .check(z.minLength(1, NOBODY_RULE)),
    ),
    language: z.optional(
      z
        .string(rule('must be a language such as "en" or "pt-BR"'))
        .check(z.regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, rule('must be a language such as "en" or "pt-BR"'))),
    ),
    operations: z.record(
      xmlName,
      z
        .array(caseText, rule('must be a list of cases, such as [{"event": "boot"}]'))
        .check(z.minLength(1, 'must have a case, such as [{"event": "boot"}]')),
      rule('must be an object of operations, such as {"Hello": [{"event": "boot"}]}'),
    ),
    faults: z.optional(
      z.strictObject(
        {
          'bad-request': z.optional(faultText),
          'logon-expired': z.optional(faultText),
          forbidden: z.optional(faultText),
          'seat-taken': z.optional(faultText),
          'session-ended': z.optional(faultText),
          'session-invalidated': z.optional(faultText),
          'no-session': z.optional(faultText),
          'login-overtaken': z.optional(faultText),
          'too-fast': z.optional(faultText),
          unavailable: z.optional(faultText),
        },
        rule('must be an object of texts, such as {"seat-taken": "You are logged in at {place}."}'),
      ),
    ),
  },
  rule('must be an object such as {"operations": {"Hello": [{"event": "boot"}]}}'),
);

/** How the messages of one maker become events, and how they are answered. */
export type Mapping = z.infer<typeof dialectText>;
/** One of the ways in which an operation may be meant; the first whose conditions hold counts. */
export type MappingCase = z.infer<typeof caseText>;
/** Each mapping by the name of its dialect, which a station's registration gives. */
export type Mappings = ReadonlyMap<string, Mapping>;

/** Takes down what is wrong: where, as `operations.Hello[0].event`, and the rest of the sentence. */
type Say = (place: string, message: string) => void;

/** The mapping, where nothing is wrong with it. */
export function checkDialect(name: string, value: unknown, say: Say): Mapping | undefined {
  const parsed = dialectText.safeParse(value);
  const faults: [place: string, message: string][] = [
    ...(realmName.safeParse(name).error?.issues ?? []).map(({ message }): [string, string] => ['', message]),
    ...(parsed.error?.issues ?? []).flatMap((issue) => faultsOf(issue, value)),
    ...(parsed.data === undefined ? [] : contradictions(parsed.data)),
  ];
  for (const [place, message] of faults) say(place, message);
  return faults.length === 0 ? parsed.data : undefined;
}

function faultsOf(issue: z.core.$ZodIssue, root: unknown): [place: string, message: string][] {
  const place = dottedPath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => [place, `${shown(key)} is none of its fields`]);
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => [place, message]);
  const value = issue.path.reduce<unknown>((within, key) => (within as Record<PropertyKey, unknown>)[key], root);
  return [[place, value === undefined ? `is missing; it ${issue.message}` : `${shown(value)} ${issue.message}`]];
}

/** What is well-formed and yet says nothing, or two things. */
function contradictions({ operations }: Mapping): [place: string, message: string][] {
  return Object.entries(operations).flatMap(([operation, cases]) =>
    cases.flatMap((one, n): [string, string][] => {
      const place = dottedPath(['operations', operation, n]);
      const found: [string, string][] = [];
      if (n > 0 && cases.slice(0, n).some(({ when }) => when === undefined)) {
        found.push([place, 'is never reached: a case before it has no "when"']);
      }
      if (one.event !== undefined && one.refuse !== undefined) {
        found.push([place, 'has both "event" and "refuse"; a case is one or the other']);
      }
      if (one.about === 'job' && one.event !== undefined && !OF_A_JOB.has(one.event)) {
        found.push([place, `is about a job, and says ${one.event}, which is about whoever is at the panel`]);
      }
      if (one.event === 'login' && one.user === undefined) {
        found.push([`${place}.user`, 'is missing; a login says where its user stands']);
      }
      return found;
    }),
  );
}

const OF_A_JOB: ReadonlySet<string> = new Set(['activity', 'job-started', 'job-ended']);

const dottedPath = (steps: readonly PropertyKey[]): string =>
  steps.map((step, n) => (typeof step === 'number' ? `[${step}]` : `${n === 0 ? '' : '.'}${String(step)}`)).join('');
