/** What the API's description says of each route: in prose, and which answers it has. */
import type { RouteKey } from '../routes.ts';
import type { EventType } from '../session/word.ts';
import type { Body } from './openapi-bodies.ts';
import type { ProblemKind } from './problem.ts';

export interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly query?: readonly string[];
  readonly body?: Body;
  /** By status: the name of a schema of ANSWERS, or `undefined` for none. */
  readonly answers: Readonly<Record<number, string | undefined>>;
  /** Beside those that any request of its caller can meet. */
  readonly problems?: readonly ProblemKind[];
}

const PAGE = ['limit', 'cursor'];
const PERSON = ['user'];

/** What any event at a station can meet. */
const OF_EVENTS: Pick<Operation, 'body' | 'problems'> = {
  body: 'Message',
  problems: [
    'bad-request',
    'body-too-large',
    'unknown-dialect',
    'too-fast',
    'not-authenticated',
    'logon-expired',
    'forbidden',
    'seat-taken',
    'session-ended',
    'session-invalidated',
    'no-session',
    'login-overtaken',
  ],
};

/** The last part of the path that says what has happened at a station. */
export type Event = EventType | 'events';

/** A route for events is an operation for each, so that each has the one answer that a program is to expect. */
export const EVENTS: Readonly<Record<Event, Pick<Operation, 'id' | 'summary' | 'description' | 'answers'>>> = {
  login: {
    id: 'login',
    summary: 'A user logs in',
    answers: { 200: 'Told', 201: 'Told' },
  },
  logout: { id: 'logout', summary: 'A user logs out', answers: { 200: 'Over' } },
  ping: { id: 'ping', summary: 'The station lives', answers: { 200: 'Told' } },
  activity: {
    id: 'activity',
    summary: 'The user has done something; may bring a session back',
    answers: { 200: 'Told', 201: 'Told' },
  },
  'job-started': {
    id: 'jobStarted',
    summary: 'A job begins, while which idle and lease wait; may bring a session back',
    answers: { 200: 'Told', 201: 'Told' },
  },
  'job-ended': { id: 'jobEnded', summary: 'A job is done', answers: { 200: 'Told' } },
  boot: {
    id: 'boot',
    summary: 'The station has started: whoever was at its panel is not any more',
    answers: { 200: 'Over' },
  },
  events: {
    id: 'tell',
    summary: 'Any of these, named in the body by `type`',
    description:
      'Here, and at each event’s own path, other dialects are understood too (docs/dialects.md); what is said in XML is answered in XML.',
    answers: { 200: 'ToldOrOver', 201: 'Told' },
  },
};

type EventRoute = Extract<RouteKey, `${string}/{event}`>;

/** What an event's operation is called, and said to be, at each route. */
const AT: Readonly<
  Record<EventRoute, { readonly id: string; readonly summary: string; readonly description: string }>
> = {
  'POST /v1/stations/{station}/{event}': {
    id: '',
    summary: '',
    description:
      'A station that signs posts to `events` and says `type` in the body, since a signature does not cover the path; its `webhook-id` names the delivery, and an `id` in the body is not read. A repeat with the same `id` does nothing twice.',
  },
  'POST /v1/stations/{station}/with/{key}/{event}': {
    id: 'ByUrl',
    summary: ', by firmware that can be given a URL and nothing else',
    description: 'Only at stations whose `proof` is `url`, in realms that allow it. The whole URL is a secret.',
  },
};

export const isForEvents = (route: RouteKey): route is EventRoute => route.endsWith('/{event}');

export function operationOfEvent(route: EventRoute, event: Event): Operation {
  const { id, summary, description, answers } = EVENTS[event];
  const at = AT[route];
  return {
    ...OF_EVENTS,
    id: id + at.id,
    summary: summary + at.summary,
    description: [at.description, ...(description === undefined ? [] : [description])].join(' '),
    answers,
  };
}

export const OPERATIONS: Readonly<Record<Exclude<RouteKey, EventRoute>, Operation>> = {
  'GET /openapi.json': {
    id: 'describe',
    summary: 'This description',
    answers: { 200: 'OpenApi' },
  },
  'GET /health': {
    id: 'health',
    summary: 'Which version answers, and that its table does',
    answers: { 200: 'ServiceHealth' },
    problems: ['unavailable'],
  },
  'GET /v1/audit': {
    id: 'listActions',
    summary: 'What operators did: who, when, to what and why; the newest first',
    description:
      'Of a year, unless the deployment keeps it shorter or longer. A page may be short, or empty, while more follow: go on while there is a `cursor`.',
    query: ['since', 'until', 'by', 'action', ...PAGE],
    answers: { 200: 'Actions' },
    problems: ['bad-request'],
  },
  'GET /v1/sessions': {
    id: 'listSessions',
    summary: 'Sessions that hold a seat; with `rung`, those on that rung',
    description:
      'A page is full while more follow, unless a filter fits few: go on while there is a `cursor`. `find` is a part of the user’s name, or of the station’s id, name or place.',
    query: ['realm', 'user', 'station', 'rung', 'find', 'at', 'session', ...PAGE],
    answers: { 200: 'Sessions' },
    problems: ['bad-request', 'no-such-realm'],
  },
  'GET /v1/sessions/{session}': {
    id: 'showSession',
    summary: 'One session, with its deadlines and its way down; or how it ended',
    answers: { 200: 'SessionInFull' },
    problems: ['no-such-session', 'session-ended'],
  },
  'DELETE /v1/sessions/{session}': {
    id: 'endSession',
    summary: 'Ends a session, also one that has lost its seat',
    description: 'The seat is free at once, and nothing brings the session back. Ending it again says how it ended.',
    body: 'End',
    answers: { 200: 'EndedByHand' },
    problems: ['bad-request', 'no-such-session', 'body-too-large', 'not-json'],
  },
  'GET /v1/history': {
    id: 'listHistory',
    summary: 'Sessions that have ended, of all users, the last one first',
    description: 'Of `at` those that went on then, and have ended since. `find` is as of `GET /v1/sessions`.',
    query: ['realm', 'user', 'station', 'find', 'at', 'from', 'until', 'session', ...PAGE],
    answers: { 200: 'PastSessions' },
    problems: ['bad-request'],
  },
  'GET /v1/users': {
    id: 'listUsers',
    summary: 'Users of whom a session has ended, with the last one’s end; by that, the last one first',
    description: 'On a later page somebody may be named again.',
    query: ['realm', 'find', ...PAGE],
    answers: { 200: 'Users' },
    problems: ['bad-request'],
  },
  'GET /v1/realms': {
    id: 'listRealms',
    summary: 'Realms, their policies and their bounds',
    answers: { 200: 'Realms' },
  },
  'GET /v1/realms/{realm}': {
    id: 'showRealm',
    summary: 'One realm',
    answers: { 200: 'Realm' },
    problems: ['no-such-realm'],
  },
  'POST /v1/realms/{realm}/webhook/secret': {
    id: 'showWebhookSecret',
    summary: 'Who is told what becomes of a realm’s sessions, and the secret by which that is signed',
    description: 'The same each time, and recorded each time. It changes with its `generation` in the realms file.',
    body: 'Why',
    answers: { 200: 'Webhook' },
    problems: ['no-such-realm', 'no-webhook', 'bad-request', 'body-too-large', 'not-json'],
  },
  'GET /v1/realms/{realm}/users': {
    id: 'showUser',
    summary: 'The sessions of a user: what goes on, in full; what ended, the last opened first',
    description:
      'The user in any of their spellings, as the realm’s policy has it (`users`). Of a user with more than a thousand seats, some that go on may be missing: list their sessions.',
    query: [...PERSON, ...PAGE],
    answers: { 200: 'User' },
    problems: ['bad-request', 'no-such-realm'],
  },
  'DELETE /v1/realms/{realm}/history': {
    id: 'forgetUser',
    summary: 'Erases what history knows of a user',
    description: 'Up to 500 sessions a request: go on while `more` is true. What cannot be erased yet is named.',
    query: PERSON,
    body: 'Why',
    answers: { 200: 'Forgotten' },
    problems: ['bad-request', 'no-such-realm', 'body-too-large', 'not-json'],
  },
  'GET /v1/realms/{realm}/users/{user}': {
    id: 'showUserInPath',
    summary:
      'The same, for a name of letters, digits, `-`, `.`, `_` and `~` alone: others do not stand in a path safely',
    query: PAGE,
    answers: { 200: 'User' },
    problems: ['bad-request', 'no-such-realm'],
  },
  'DELETE /v1/realms/{realm}/users/{user}/history': {
    id: 'forgetUserInPath',
    summary: 'The same, for such a name',
    body: 'Why',
    answers: { 200: 'Forgotten' },
    problems: ['bad-request', 'no-such-realm', 'body-too-large', 'not-json'],
  },
  'GET /v1/stations': {
    id: 'listStations',
    summary: 'The registered stations; with `find`, those of whose id, name or place it is a part',
    description: 'With `health=true` each has its health, and a page 50 stations at the most.',
    query: ['find', 'health', ...PAGE],
    answers: { 200: 'Stations' },
    problems: ['bad-request'],
  },
  'GET /v1/stations/{station}': {
    id: 'showStation',
    summary: 'One station',
    answers: { 200: 'Station' },
    problems: ['no-such-station'],
  },
  'GET /v1/stations/{station}/health': {
    id: 'showHealth',
    summary: 'How a station does: when it was last heard, who is there, how sessions end there, what it was refused',
    description:
      'Found out from what is written anyway. Of a station without a panel a few of those who are there are shown.',
    answers: { 200: 'StationInFull' },
    problems: ['no-such-station'],
  },
  'PUT /v1/stations/{station}': {
    id: 'putStation',
    summary: 'Registers a station, or changes what its registration says',
    description:
      'The body says all of it: what it leaves out goes back to its default, within 300 seconds everywhere. Of a station that is registered with another `proof` than `bearer`, it must name `proof`. With `dryRun=true` nothing is written: it is told whether it would be.',
    query: ['dryRun'],
    body: 'Registration',
    answers: { 200: 'StationOrTrial', 201: 'Station' },
    problems: ['bad-request', 'body-too-large', 'not-json'],
  },
  'DELETE /v1/stations/{station}': {
    id: 'removeStation',
    summary: 'Removes a station: no key so far opens again',
    body: 'Why',
    answers: { 204: undefined },
    problems: ['no-such-station', 'bad-request', 'body-too-large', 'not-json'],
  },
  'POST /v1/stations/{station}/key': {
    id: 'issueKey',
    summary: 'A new key, shown this once',
    description:
      'The key before it stays good for a while, so that the station can change over. Older ones stop as revoked ones do: within 300 seconds, or when the new key is first used.',
    body: 'KeyRequest',
    answers: { 201: 'Key' },
    problems: ['bad-request', 'no-such-station', 'body-too-large', 'not-json'],
  },
  'DELETE /v1/stations/{station}/key': {
    id: 'revokeKeys',
    summary: 'Revokes every key so far',
    body: 'Why',
    answers: { 200: 'Revoked' },
    problems: ['no-such-station', 'bad-request', 'body-too-large', 'not-json'],
  },
};
