/** The operators' side of the API: who is logged in where, until when, why not; and ending a session by hand. */

import { randomUUID } from 'node:crypto';
import { type Answer, json } from '../answer.ts';
import { isStationId, stationId } from '../names.ts';
import { present } from '../present.ts';
import type { Audit } from '../service/audit.ts';
import type { Keeper } from '../service/keeper.ts';
import { lookUp } from '../service/live.ts';
import type { History, Meter, Panels, Seats } from '../service/ports.ts';
import { parseHandle, sealedHandleOf } from '../session/handle.ts';
import type { Realms } from '../session/policy.ts';
import { type Masters, stationKey, webhookSecrets } from '../station/keys.ts';
import type { Refusals } from '../station/refusals.ts';
import { REMEMBERED } from '../station/registry.ts';
import type { StationEntry, StationRecord, Stations } from '../station/stations.ts';
import { after, DAY, toRfc3339 } from '../time.ts';
import { type ActionsListingParts, listActions } from './actions-listing.ts';
import { health } from './health.ts';
import { endSchema, keySchema, lengthOf, registrationSchema, whySchema } from './operator-bodies.ts';
import { faultsAs, listHistory, listSessions, listStations, listUsers } from './operator-lists.ts';
import { forgetUser, noSuchRealm, showUser } from './operator-users.ts';
import { badRequest, problem } from './problem.ts';
import { fingerprintOf, registrationFaults, silencedFaults, trialIn } from './registration.ts';
import { type App, type HttpRequest, queryOf, readFields } from './request.ts';
import { keyView, pastOf, pastView, realmView, sessionInFull, stationView, trialView } from './views.ts';

export interface OperatorAppParts extends ActionsListingParts {
  readonly keeper: Keeper;
  readonly seats: Seats;
  readonly panels: Panels;
  readonly history: History;
  readonly stations: Stations;
  readonly refusals: Refusals;
  readonly realms: Realms;
  readonly shards: number;
  /** Over how many shards sessions may ever have been spread. */
  readonly shardsEver: number;
  /** Which Curfew this is. */
  readonly version: string;
  readonly master: () => Promise<Masters>;
  /** The names of the dialects that a station may be registered to speak. */
  readonly dialects: ReadonlySet<string>;
  readonly meter: Meter;
  /** Around all that changes something, or shows a secret. */
  readonly audit: Audit;
}

/** One whom IAM has let in by name. */
interface OperatorRequest extends HttpRequest {
  readonly principal: string;
}

export const createOperatorApp = (parts: OperatorAppParts): App<'operator' | 'anyone'> => ({
  // For anyone, and the same for all: of this deployment it tells the version.
  'GET /openapi.json': description(parts),
  'GET /health': health(parts),
  ...guarded(parts, {
    'GET /v1/audit': (request) => listActions(request, parts),
    'GET /v1/sessions': (request) => listSessions(request, parts),
    'GET /v1/history': (request) => listHistory(request, parts),
    'GET /v1/users': (request) => listUsers(request, parts),
    'GET /v1/sessions/{session}': (_, { session }) => showSession(parts, session),
    'DELETE /v1/sessions/{session}': (request, { session }) => endSession(request, parts, session),
    'GET /v1/realms': () => json({ realms: [...parts.realms.values()].map(realmView) }),
    'GET /v1/realms/{realm}': (_, { realm }) => showRealm(parts, realm),
    'POST /v1/realms/{realm}/webhook/secret': (request, { realm }) => showWebhook(request, parts, realm),
    'GET /v1/realms/{realm}/users': (request, asked) => showUser(request, parts, asked),
    'GET /v1/realms/{realm}/users/{user}': (request, asked) => showUser(request, parts, asked),
    'DELETE /v1/realms/{realm}/history': (request, asked) => forgetUser(request, parts, asked),
    'DELETE /v1/realms/{realm}/users/{user}/history': (request, asked) => forgetUser(request, parts, asked),
    'GET /v1/stations': (request) => listStations(request, parts),
    'GET /v1/stations/{station}': (_, { station }) => showStation(parts, station),
    'GET /v1/stations/{station}/health': (_, { station }) => showHealth(parts, station),
    'PUT /v1/stations/{station}': (request, { station }) => putStation(request, parts, station),
    'DELETE /v1/stations/{station}': (request, { station }) => removeStation(request, parts, station),
    'POST /v1/stations/{station}/key': (request, { station }) => issueKey(request, parts, station),
    'DELETE /v1/stations/{station}/key': (request, { station }) => revokeKeys(request, parts, station),
  }),
});

/** Read and made when it is first asked for: most functions are never asked. */
function description({ version }: OperatorAppParts): () => Promise<Answer> {
  let described: Promise<Answer> | undefined;
  const describe = async (): Promise<Answer> => {
    const { openApi } = await import('./openapi.ts');
    return json(openApi(version), 200, { 'cache-control': 'public, max-age=3600' });
  };
  return () => {
    described ??= describe();
    return described;
  };
}

/** Every route of theirs is for operators alone. */
function guarded({ meter }: OperatorAppParts, app: App<'operator', OperatorRequest>): App<'operator'> {
  type Handle = (request: OperatorRequest, parameters: never) => Answer | Promise<Answer>;
  const guard = (handle: Handle) => (request: HttpRequest, parameters: never) => {
    const { principal } = request;
    if (principal !== undefined) return handle({ ...request, principal }, parameters);
    meter.add('Forbidden', 1, { reason: 'operator-route' });
    return problem('forbidden', { detail: 'operators call this with AWS credentials that may invoke this route' });
  };
  const entries: [string, Handle][] = Object.entries(app);
  return Object.fromEntries(entries.map(([key, handle]) => [key, guard(handle)])) as App<'operator'>;
}

// --- sessions

async function showSession(parts: OperatorAppParts, handle: string): Promise<Answer> {
  const name = parseHandle(handle);
  const now = parts.clock();
  const found = name && (await lookUp(parts, name, now));
  if (found === undefined) return noSuchSession(handle);
  if ('key' in found) {
    return json(sessionInFull(found, await parts.stations.read(found.session.station), now));
  }
  const view = pastView(found);
  const detail = `it ended at ${view.endedAt} (${view.reason}, by ${view.endedBy})`;
  return problem('session-ended', { detail, members: view });
}

const noSuchSession = (handle: string) =>
  problem('no-such-session', { detail: `nothing is known of a session "${handle.slice(0, 400)}"` });

async function endSession(request: OperatorRequest, parts: OperatorAppParts, handle: string): Promise<Answer> {
  const name = parseHandle(handle);
  if (name === undefined) return noSuchSession(handle);
  const body = readFields(request, endSchema);
  if (!body.ok) return body.answer;
  const { principal } = request;
  const { id = randomUUID(), reason } = body.value;
  const intent = { principal, action: 'end-session', on: name.realm, reason } as const;
  return parts.audit(intent, async (done) => {
    const answer = await parts.keeper.end(name, { principal, id, note: reason, now: parts.clock() });
    if (answer.is === 'ended') {
      done({ session: sealedHandleOf(name, answer.seat.session) });
      return json({ outcome: 'ended', ...pastView(pastOf(answer.seat)) });
    }
    if (answer.is === 'gone' && answer.past !== undefined) {
      return json({ outcome: 'already-ended', ...pastView(answer.past) });
    }
    return noSuchSession(handle);
  });
}

// --- realms and users

function showRealm({ realms }: OperatorAppParts, realm: string): Answer {
  const policy = realms.get(realm);
  return policy === undefined ? noSuchRealm(realms, realm) : json(realmView(policy));
}

/** No `GET`: whoever may look at everything is not to sign as we do. */
async function showWebhook(request: OperatorRequest, parts: OperatorAppParts, realm: string): Promise<Answer> {
  const policy = parts.realms.get(realm);
  if (policy === undefined) return noSuchRealm(parts.realms, realm);
  const { webhook } = policy;
  if (webhook === undefined) {
    return problem('no-webhook', { detail: `the realms file has no webhook for "${realm}" (docs/webhooks.md)` });
  }
  const said = readFields(request, whySchema);
  if (!said.ok) return said.answer;
  const intent = { principal: request.principal, action: 'show-webhook-secret', on: realm, ...said.value } as const;
  return parts.audit(intent, async (done) => {
    const [secret] = webhookSecrets(await parts.master(), realm, webhook.generation);
    done();
    return json({ realm, ...webhook, secret }, 200, { 'cache-control': 'no-store' });
  });
}

// --- stations

/** What is told of refusals and of health is words, which most requests have no use for. */
const tellers = () => import('./operator-refusals.ts');

const noSuchStation = (id: string) =>
  problem('no-such-station', { detail: `no station "${id.slice(0, 100)}" is registered` });

async function putStation(request: OperatorRequest, parts: OperatorAppParts, id: string): Promise<Answer> {
  const named = stationId.safeParse(id);
  if (!named.success) return badRequest(faultsAs('station', named.error));
  const trial = trialIn(queryOf(request));
  const body = readFields(request, registrationSchema);
  if (!trial.ok) return badRequest(trial.faults);
  if (!body.ok) return body.answer;
  const { realm, kind, name = id, location = '', reportsActivity = false, speaksFor, dialect } = body.value;
  const { proof = 'bearer' } = body.value;
  const certificate = body.value.certificate && fingerprintOf(body.value.certificate);
  const said = { id, realm, kind, name, location, reportsActivity, proof };
  const entry: StationEntry = { ...said, ...present({ speaksFor, dialect, certificate }) };
  const faults = registrationFaults(entry, parts);
  const before = trial.value || body.value.proof === undefined ? await parts.stations.read(id) : undefined;
  if (body.value.proof === undefined) faults.push(...silencedFaults(before));
  if (faults.length > 0) return badRequest(faults);
  if (trial.value) return json(trialView(entry, before));
  const { reason } = body.value;
  return parts.audit({ principal: request.principal, action: 'register-station', on: id, reason }, async (done) => {
    const { created, station } = await parts.stations.put(entry, parts.clock());
    done({ action: created ? 'register-station' : 'change-station', note: `${kind} in ${realm}, ${proof}` });
    return json(stationView(station), created ? 201 : 200);
  });
}

async function showStation({ stations }: OperatorAppParts, id: string): Promise<Answer> {
  const station = isStationId(id) ? await stations.read(id) : undefined;
  return station === undefined ? noSuchStation(id) : json(stationView(station));
}

async function showHealth(parts: OperatorAppParts, id: string): Promise<Answer> {
  const station = isStationId(id) ? await parts.stations.read(id) : undefined;
  if (station === undefined) return noSuchStation(id);
  const { stationInFull } = await tellers();
  return json(await stationInFull(parts, station, parts.clock()));
}

async function removeStation(request: OperatorRequest, { stations, audit }: OperatorAppParts, id: string) {
  if (!isStationId(id)) return noSuchStation(id);
  const said = readFields(request, whySchema);
  if (!said.ok) return said.answer;
  const intent = { principal: request.principal, action: 'remove-station', on: id, ...said.value } as const;
  return audit(intent, async (done): Promise<Answer> => {
    if (!(await stations.remove(id))) return noSuchStation(id);
    done();
    return { status: 204, headers: {}, body: '' };
  });
}

async function issueKey(request: OperatorRequest, parts: OperatorAppParts, id: string): Promise<Answer> {
  const body = readFields(request, keySchema);
  if (!body.ok) return body.answer;
  if (!isStationId(id)) return noSuchStation(id);
  // Before the write: a key that cannot be shown must not count.
  const masters = await parts.master();
  const { rotate, reason } = body.value;
  const overlap = rotate === undefined ? undefined : lengthOf(rotate);
  return parts.audit({ principal: request.principal, action: 'issue-key', on: id, reason }, async (done) => {
    const now = parts.clock();
    const station = await parts.stations.nextKey(id, { now, previousUntil: after(now, overlap ?? OVERLAP) });
    if (station === undefined) return noSuchStation(id);
    done(generationOf(station));
    const key = stationKey(masters, station);
    const url = station.proof === 'url' ? `/v1/stations/${id}/with/${key}/{event}` : undefined;
    const answer = { station: id, key, proof: station.proof, ...keyView(station), ...present({ url }) };
    return json(answer, 201, { 'cache-control': 'no-store' });
  });
}

/** How long the key before opens too, unless it is said otherwise: a day's work for whoever goes from printer to printer. */
const OVERLAP = DAY;

const generationOf = ({ keyGeneration }: StationRecord) => ({ note: `generation ${keyGeneration}` });

async function revokeKeys(request: OperatorRequest, parts: OperatorAppParts, id: string): Promise<Answer> {
  if (!isStationId(id)) return noSuchStation(id);
  const said = readFields(request, whySchema);
  if (!said.ok) return said.answer;
  const intent = { principal: request.principal, action: 'revoke-keys', on: id, ...said.value } as const;
  return parts.audit(intent, async (done) => {
    const station = await parts.stations.revokeKeys(id);
    if (station === undefined) return noSuchStation(id);
    done(generationOf(station));
    // Once it is done, a container that has just read the station may go by that.
    const mayOpenUntil = toRfc3339(after(parts.clock(), REMEMBERED));
    return json({ station: id, ...keyView(station), mayOpenUntil });
  });
}
