/** What operators say: what their requests are checked by, and described (openapi.ts). */
import * as z from 'zod/mini';
import { CONTROL, deliveryId } from '../station/message.ts';
import { PROOFS, STATION_KINDS } from '../station/stations.ts';
import { DAY, type DurationMs, fromIso8601, parseDuration } from '../time.ts';

const NOTE_LENGTH_MAX = 256;
const why = z.string('must say why').check(
  z.trim(),
  z.minLength(1, 'must say why'),
  z.maxLength(NOTE_LENGTH_MAX, `must have at most ${NOTE_LENGTH_MAX} characters`),
  z.refine((text) => !CONTROL.test(text), 'must have no control characters'),
);

export const endSchema = z.object({ reason: why, id: z.optional(deliveryId) });

/** For the trail alone, where nobody else is told. */
const reason = () => z.optional(why);

const label = (what: string, max: number) =>
  z.string(`must be ${what}, as a string`).check(
    z.maxLength(max, `must have at most ${max} characters`),
    z.refine((text) => !CONTROL.test(text), 'must have no control characters'),
  );

/** As many as a gateway in front of one building; more have a prefix. */
const SPOKEN_FOR_MAX = 100;
const spokenForRule = 'must be an id, or how ids begin, such as "lib-*"';
const spokenForListRule = `must be a list of 1 to ${SPOKEN_FOR_MAX} ids of stations, or of how they begin: ["lib-7", "lib-2*"]`;

/** SHA-256, as `openssl x509 -fingerprint -sha256` says it, or without its colons. */
const fingerprint = z
  .string('must be the SHA-256 fingerprint of a certificate, as a string')
  .check(
    z.regex(
      /^[0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){31}$/,
      'must be the SHA-256 fingerprint of a certificate: 64 hexadecimal digits, with or without colons',
    ),
  );

/** What a station is shown with beside what is said of it: whoever changes what they were shown sends it back. */
const shown = z.optional(z.unknown());

/** A field that is not known is refused: a `certficate` that is let pass would protect nothing. */
const strictly = (issue: { readonly code: string; readonly keys?: unknown }): string =>
  issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)
    ? `has no field ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`
    : 'must be a JSON object';

export const registrationSchema = z.strictObject(
  {
    realm: z.string('must name a realm of the realms file'),
    kind: z.enum(STATION_KINDS, 'must be hosted, pinging, application or gateway'),
    name: z.optional(label('its name as people know it', 64)),
    location: z.optional(label('where it stands', 128)),
    reportsActivity: z.optional(z.boolean('must be true or false')),
    proof: z.optional(z.enum(PROOFS, `must be ${PROOFS.slice(0, -1).join(', ')} or ${PROOFS.at(-1)}`)),
    speaksFor: z.optional(
      z
        .array(
          z.string(spokenForRule).check(z.regex(/^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,55}\*?|\*)$/, spokenForRule)),
          spokenForListRule,
        )
        .check(z.minLength(1, spokenForListRule), z.maxLength(SPOKEN_FOR_MAX, spokenForListRule)),
    ),
    dialect: z.optional(z.string('must be the name of a dialect, as a string')),
    certificate: z.optional(fingerprint),
    station: shown,
    keyGeneration: shown,
    keyIssuedAt: shown,
    previousKeyUntil: shown,
    registeredAt: shown,
    reason: reason(),
  },
  { error: strictly },
);

/** Nobody is changing a station over for longer. */
const OVERLAP_MAX = 30 * DAY;
const overlapRule = 'must be a length such as "24h" or "PT24H", 30 days at most: so long the key before opens too';

/** Either way of writing a length. */
export const lengthOf = (text: string): DurationMs | undefined => parseDuration(text) ?? fromIso8601(text);

export const whySchema = z.strictObject({ reason: reason() }, { error: strictly });

export const keySchema = z.strictObject(
  {
    reason: reason(),
    rotate: z.optional(
      z.string(overlapRule).check(z.refine((text) => (lengthOf(text) ?? Infinity) <= OVERLAP_MAX, overlapRule)),
    ),
  },
  { error: strictly },
);
