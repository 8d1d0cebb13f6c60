/** What requests bring, described by the schemas that check it. */

import * as z from 'zod/mini';
import { EVENT_TYPES } from '../session/word.ts';
import { messageSchema } from '../station/message.ts';
import { type JsonSchema, ref } from './openapi-schemas.ts';
import { endSchema, keySchema, registrationSchema, whySchema } from './operator-bodies.ts';

/** Text without control characters. */
const PLAIN = { pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$' };
const HANDLE = { pattern: '^[0-9a-z]+\\.[0-9a-z]+\\.[a-z][a-z0-9-]*\\.[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]{10})?$' };

/** Of what is shown of a station: it may be sent back, and is not read. */
const AS_SHOWN = { readOnly: true };

const WHY = { description: 'Why, in the operator’s words: for the trail.', ...PLAIN };

const BODIES = {
  Message: messageSchema,
  Registration: registrationSchema,
  KeyRequest: keySchema,
  End: endSchema,
  Why: whySchema,
};

export type Body = keyof typeof BODIES;

/** What no schema says of a field, for its check is a function. */
const NOTES: {
  readonly [Body in keyof typeof BODIES]: { readonly [Field in keyof (typeof BODIES)[Body]['shape']]?: JsonSchema };
} = {
  Message: {
    type: { description: 'What has happened, where the path says `events`.' },
    user: {
      description:
        'One user however the name was typed, as the realm’s policy has it (`users`): blanks, case and the realm’s own domains do not matter.',
      minLength: 1,
      maxLength: 200,
      ...PLAIN,
    },
    session: { description: 'The `session` of a login’s answer.', ...HANDLE },
    takeOver: { description: 'Whether a login may end another session: the longest unheard, or the one named.' },
    job: {
      description:
        'What the station calls the job that has started or ended: starts and ends of one name belong together.',
      minLength: 1,
      maxLength: 48,
      ...PLAIN,
    },
    occurredAt: { description: 'The station’s own time; it orders this station’s events.', format: 'date-time' },
    id: { description: 'Names this delivery, and no other of its station: take a UUID.', pattern: '^[\\x21-\\x7e]+$' },
    station: { description: 'For a gateway: the station of which this is said; left out, itself.' },
  },
  Registration: {
    realm: { description: 'A realm of the realms file.' },
    kind: {
      description: 'What kind of station it is. The first two have a panel, at which one user stands at a time.',
    },
    name: { description: 'Its name as people know it; its id, unless it is said.', ...PLAIN },
    location: { description: 'Where it stands.', ...PLAIN },
    reportsActivity: { description: 'Whether it reports every touch: then `idle` counts.', default: false },
    proof: {
      description:
        'How it proves who it is. It may be left out only where no station is registered under this id, or with `bearer`.',
      default: 'bearer',
    },
    speaksFor: { description: 'Of a gateway: the stations for which it speaks, by their ids or by how these begin.' },
    dialect: { description: 'The dialect of its XML: one that is shipped, or of the realms file.' },
    certificate: { description: 'SHA-256 of the client certificate that it must bring, too.' },
    station: AS_SHOWN,
    keyGeneration: AS_SHOWN,
    keyIssuedAt: AS_SHOWN,
    previousKeyUntil: AS_SHOWN,
    registeredAt: AS_SHOWN,
    reason: WHY,
  },
  KeyRequest: {
    rotate: {
      description:
        'How long the key before stays good, too; with `0s` it stops as a revoked one does, within 300 seconds.',
      default: '24h',
      examples: ['24h', 'PT10M', '0s'],
    },
    reason: WHY,
  },
  Why: { reason: WHY },
  End: {
    reason: { description: 'Why, in the operator’s words.', ...PLAIN },
    id: { description: 'Names this request and no other: take a UUID.', pattern: '^[\\x21-\\x7e]+$' },
  },
};

/** CloudEvents 1.0, structured mode. */
const CLOUD_EVENT = {
  type: 'object',
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string', minLength: 1, description: 'Names the delivery.' },
    source: { type: 'string', minLength: 1 },
    type: {
      type: 'string',
      pattern: `^([\\w-]+\\.)*(${EVENT_TYPES.join('|')})$`,
      description: 'Its last part is the event.',
    },
    time: { type: 'string', format: 'date-time' },
    subject: { type: 'string', description: 'The user.' },
    station: { type: 'string', description: 'For a gateway: the station of which this is said.' },
    data: ref('Message'),
  },
  required: ['specversion', 'id', 'source', 'type'],
};

/** The named shapes of bodies. */
export function bodySchemas(): Record<string, JsonSchema> {
  const notes = z.registry<JsonSchema>();
  for (const [body, { shape }] of Object.entries(BODIES)) {
    const known: Readonly<Record<string, JsonSchema>> = NOTES[body as keyof typeof BODIES];
    for (const [field, schema] of Object.entries(shape)) notes.add(schema, known[field] ?? {});
  }
  const described = Object.entries(BODIES).map(([body, schema]): [string, JsonSchema] => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', metadata: notes });
    return [body, rest];
  });
  const schemas = Object.fromEntries(described);
  return { ...schemas, Form: formOf(schemas.Message), CloudEvent: CLOUD_EVENT };
}

/** The same fields as text, of which one that is left empty has not been filled in. */
function formOf(message: JsonSchema = {}): JsonSchema {
  const fields = Object.entries(message.properties ?? {}).map(([name, { description }]: [string, JsonSchema]) => [
    name,
    { type: 'string', ...(description === undefined ? {} : { description }) },
  ]);
  return { type: 'object', properties: Object.fromEntries(fields) };
}
