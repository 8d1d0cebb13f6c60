/** The shapes of the API's answers, as JSON Schema: what views.ts shows, and the problems of problem.ts. */
import { ACTIONS } from '../service/ports.ts';
import { ANNOUNCEMENTS } from '../session/policy.ts';
import { DEADLINES, REASONS, RUNGS } from '../session/seat.ts';
import { PROOFS, STATION_KINDS } from '../station/stations.ts';
import { type ProblemKind, TITLES } from './problem.ts';

/** JSON Schema, draft 2020-12, as OpenAPI 3.1 has it. */
export type JsonSchema = { readonly [keyword: string]: unknown };
type Fields = Readonly<Record<string, JsonSchema>>;

export const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** Further fields may come with a later version; a reader lets them be. */
const object = (required: Fields, optional: Fields = {}): JsonSchema => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
});
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

const text = { type: 'string' };
const instant = (description?: string): JsonSchema => ({
  type: 'string',
  format: 'date-time',
  ...(description === undefined ? {} : { description }),
});
/** ISO 8601. */
const length = { type: 'string', pattern: '^P(?=.)(\\d+D)?(T(?=.)(\\d+H)?(\\d+M)?(\\d+(\\.\\d+)?S)?)?$' };
const lengthOrOff = { type: 'string', pattern: `^off$|${length.pattern}` };
const one = (...values: readonly string[]): JsonSchema => ({ type: 'string', enum: values });

const deadline = one(...DEADLINES);
const reason = one(...REASONS);
const rung = one(...RUNGS);
const kind = one(...STATION_KINDS);
const proof = one(...PROOFS);

const handle = { type: 'string', description: 'Names one session, from its opening to its end.' };
const name: Fields = { session: handle, user: text, realm: text, epoch: { type: 'integer' } };
const place: Fields = { station: text, name: text, location: text };
const bounds: Fields = { bound: length, boundWithJob: length };

const session: Fields = {
  ...name,
  station: text,
  rung,
  openedAt: instant(),
  activeAt: instant('The last activity of the user.'),
  heardAt: instant('The last sign of life of the station.'),
  heldUntil: instant('Until when the session holds its seat if nothing more is heard.'),
  freeAt: instant('From when another may have the seat if nothing more is heard.'),
};
const dormancy: Fields = {
  invalidatedAt: instant('When it lost its seat.'),
  invalidatedBy: deadline,
};
const person: Fields = {
  userKey: {
    ...text,
    description: 'What is the same of all spellings of the user, where `user`, as it was last typed, is another.',
  },
};
const sessionMore: Fields = {
  ...person,
  jobs: { type: 'integer', minimum: 1 },
  loggedOnAt: instant('When the user logged on, where the session was made anew since.'),
  previous: { ...handle, description: 'The session in whose place this one goes on.' },
  ...dormancy,
  resumableUntil: instant('Until when its user may come back.'),
};
const past: Fields = {
  ...name,
  station: text,
  rung: { const: 'ended' },
  openedAt: instant(),
  activeAt: instant(),
  heardAt: instant(),
  endedAt: instant(),
  reason,
  endedBy: text,
};
const pastMore: Fields = { ...person, note: text, ...dormancy };
const holder: Fields = { session: handle, ...place, openedAt: instant(), heardAt: instant(), freeAt: instant() };

const keyTimes: Fields = {
  keyIssuedAt: instant(),
  previousKeyUntil: instant('Until when the key before is good, too.'),
};

const station: Fields = {
  station: text,
  realm: text,
  kind,
  name: text,
  location: text,
  reportsActivity: { type: 'boolean' },
  proof,
  keyGeneration: { type: 'integer', minimum: 0, description: 'Counts its keys.' },
  registeredAt: instant(),
};
const stationMore: Fields = { speaksFor: list(text), dialect: text, certificate: text, ...keyTimes };

const errors: Fields = { errors: list(object({ field: text, detail: text })) };

/** What a problem's document has beside `type`, `title`, `status` and `detail`. */
const MEMBERS: Readonly<Partial<Record<ProblemKind, readonly [required: Fields, optional?: Fields]>>> = {
  'bad-request': [errors],
  'body-too-large': [errors],
  'not-json': [errors],
  'unknown-dialect': [errors],
  'seat-taken': [{ holders: list(ref('Holder')), takeOver: one('offered', 'refused') }],
  'session-invalidated': [session, sessionMore],
  'session-ended': [{}, { ...past, ...pastMore }],
  'logon-expired': [{ ...past, ...place, passed: list(object({ deadline, at: instant(), rung })) }, pastMore],
};

export const problemName = (kind: ProblemKind): string => `problem-${kind}`;

function problemSchema(kind: ProblemKind): JsonSchema {
  const [status, title] = TITLES[kind];
  const [required = {}, optional = {}] = MEMBERS[kind] ?? [];
  const head = {
    type: { const: `urn:curfew:problem:${kind}` },
    title: { ...text, description: `For people: ${title}` },
    status: { const: status },
  };
  return object({ ...head, detail: text, ...required }, optional);
}

export const KINDS = Object.keys(TITLES) as ProblemKind[];

/** The named shapes of answers. */
export const ANSWERS: Readonly<Record<string, JsonSchema>> = {
  ...Object.fromEntries(KINDS.map((kind) => [problemName(kind), problemSchema(kind)])),
  ServiceHealth: object({ status: one('ok'), version: text }),
  OpenApi: { type: 'object', description: 'A document of OpenAPI 3.1.' },
  GatewayRefusal: { ...object({ message: text }), description: 'Said by API Gateway itself, before any function ran.' },
  OperatorRefusal: {
    ...object({ title: text, status: { type: 'integer' }, detail: text }, { type: text }),
    description: 'Said where nobody, or nobody known, asks for a route of operators.',
  },
  Session: object(session, sessionMore),
  SessionInFull: object(
    {
      ...session,
      ...place,
      deadlines: { type: 'object', additionalProperties: instant() },
      timeline: list(ref('Step')),
    },
    sessionMore,
  ),
  Step: object({ rung, from: instant() }, { until: instant(), reason: deadline, freeAt: instant() }),
  PastSession: object(past, pastMore),
  Holder: object(holder),
  Told: {
    ...object(
      {
        outcome: one('opened', 'made-anew', 'logged-on-anew', 'renewed', 'resumed', 'lingering', 'repeated'),
        ...session,
        ...bounds,
      },
      {
        ...sessionMore,
        stateLost: { const: true, description: 'Do not count on what was kept for the session itself.' },
      },
    ),
    description: 'A session goes on.',
  },
  Over: {
    ...object(
      { outcome: one('ended', 'already-ended', 'nothing-open', 'stale') },
      { ...past, ...pastMore, detail: text },
    ),
    description: 'What became of a logout or a boot; of a session that ended, and is remembered, also how.',
  },
  ToldOrOver: { anyOf: [ref('Told'), ref('Over')] },
  EndedByHand: object({ outcome: one('ended', 'already-ended'), ...past }, pastMore),
  Actions: object({ actions: list(ref('Action')) }, { cursor: text }),
  Action: object(
    {
      at: instant(),
      by: { type: 'string', description: 'The ARN that IAM let in, or the call of the console.' },
      action: one(...ACTIONS),
      on: { type: 'string', description: 'A station or a realm.' },
      outcome: {
        ...one('unknown', 'done', 'nothing'),
        description: 'It is written before it is done: `unknown` where nobody wrote what came of it.',
      },
    },
    {
      note: { type: 'string', description: 'What came of it.' },
      reason: { type: 'string', description: 'Why, in the operator’s words.' },
      session: { ...handle, description: 'The session that was ended, as long as its user’s history is kept.' },
    },
  ),
  Sessions: object({ sessions: list(ref('Session')) }, { cursor: text }),
  PastSessions: object({ sessions: list(ref('PastSession')) }, { cursor: text }),
  Users: object({ users: list(object({ user: text, realm: text, lastEndedAt: instant() })) }, { cursor: text }),
  User: object(
    {
      user: text,
      realm: text,
      seats: list(ref('SessionInFull')),
      history: list(ref('PastSession')),
      refusals: { ...list(ref('Refusal')), description: 'Of the last day, the newest first; a few.' },
      refusedStations: {
        ...list(ref('Refusal')),
        description: 'The last of each station in the realm whose callers do not prove who they are.',
      },
    },
    { cursor: text },
  ),
  Refusal: object(
    {
      at: instant('When it was last so.'),
      since: instant('When it was first so, of this kind there; the same instant where it was once.'),
      event: text,
      ...place,
      realm: text,
      problem: text,
      status: { type: 'integer' },
      proven: { type: 'boolean', description: 'Whether the caller proved who it is; else all of it is claimed.' },
      why: { type: 'string', description: 'Why, as the end of a sentence.' },
      mend: { type: 'string', description: 'What would mend it.' },
    },
    {
      user: text,
      command: { ...list(text), description: 'The words behind `npx curfew` that mend it, or show more.' },
      heldAt: { type: 'string', description: 'Where the seat was taken: at which station.' },
    },
  ),
  Forgotten: object({
    user: text,
    realm: text,
    erased: { type: 'integer', minimum: 0, description: 'How many sessions.' },
    more: { type: 'boolean', description: 'Some may be left: ask again.' },
    open: {
      ...list(text),
      description: 'Sessions that go on, or whose end is not recorded yet: they will be history.',
    },
    inSeats: {
      ...list(text),
      description: 'Sessions that stand in their seats, against late messages, until these are collected.',
    },
  }),
  Realms: object({ realms: list(ref('Realm')) }),
  Realm: object({
    realm: text,
    ...bounds,
    whereActivityIsReported: object(bounds),
    policy: object(
      {
        profile: text,
        seats: { anyOf: [{ type: 'integer', minimum: 1 }, { const: 'unlimited' }] },
        idle: lengthOrOff,
        whenIdle: one('end', 'linger'),
        ping: lengthOrOff,
        lease: lengthOrOff,
        failover: lengthOrOff,
        logonToken: lengthOrOff,
        maximum: lengthOrOff,
        job: lengthOrOff,
        takeOver: one('refuse', 'offer', 'replace'),
        users: object({ case: one('ignore', 'exact'), domains: list(text) }),
        sweep: lengthOrOff,
        retention: lengthOrOff,
        secretUrls: one('allow', 'refuse'),
      },
      {
        stations: { type: 'object', additionalProperties: object({ idle: lengthOrOff }) },
      },
    ),
  }),
  Webhook: object({
    realm: text,
    url: { type: 'string', pattern: '^https?://' },
    events: list(one(...ANNOUNCEMENTS)),
    generation: { type: 'integer', minimum: 1 },
    secret: { type: 'string', pattern: '^whsec_', description: 'As Standard Webhooks have it.' },
  }),
  Stations: object({ stations: list(ref('Station')) }, { cursor: text }),
  Station: object(station, { ...stationMore, health: ref('Health') }),
  Trial: {
    ...object({
      outcome: one('would-register', 'would-change', 'unchanged'),
      station: text,
      changes: { ...list(text), description: 'The fields that would change.' },
      hasKey: { type: 'boolean' },
    }),
    description: 'What a registration would do.',
  },
  StationOrTrial: { anyOf: [ref('Station'), ref('Trial')] },
  StationInFull: object(
    {
      ...station,
      health: ref('Health'),
      there: { ...list(ref('Session')), description: 'Who is there; a few, where there is no panel.' },
      past: { ...list(ref('PastSession')), description: 'The last that ended there, the last first.' },
      refusals: { ...list(ref('Refusal')), description: 'What it was told in the last day, the newest first.' },
      caused: { ...list(ref('Refusal')), description: 'What its users were refused elsewhere for its sessions.' },
    },
    stationMore,
  ),
  Health: object(
    {
      state: one('green', 'amber', 'red'),
      why: { type: 'string', description: 'The sentence that explains it.' },
      sessions: {
        type: 'integer',
        minimum: 0,
        description: 'That ended in the last day, of the last hundred at most.',
      },
      ended: { type: 'object', additionalProperties: { type: 'integer' }, description: 'These, by their reasons.' },
      refused: {
        type: 'integer',
        minimum: 0,
        description: 'What it was told in the last day, each kind of each user once.',
      },
      caused: {
        type: 'integer',
        minimum: 0,
        description: 'What its last users were refused elsewhere for its sessions.',
      },
    },
    {
      command: { ...list(text), description: 'The words behind `npx curfew` that mend it, or show more.' },
      heardAt: instant('Its last sign of life that is written down anywhere.'),
      user: { type: 'string', description: 'Who is at its panel.' },
    },
  ),
  Key: object(
    {
      station: text,
      key: { type: 'string', description: 'Shown this once.' },
      proof,
      keyGeneration: { type: 'integer', minimum: 1 },
    },
    {
      ...keyTimes,
      url: { type: 'string', description: 'Where the key stands in the path: the path, but for the event.' },
    },
  ),
  Revoked: object({
    station: text,
    keyGeneration: { type: 'integer' },
    mayOpenUntil: instant('Until when a container may still go by what it remembers of the station.'),
  }),
};
