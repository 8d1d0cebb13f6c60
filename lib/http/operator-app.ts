/** The operators' side of the API: who is logged in where, until when, why not; and ending a session by hand. */

import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { stationId } from '../names.ts';
import { present } from '../present.ts';
import type { Keeper } from '../service/keeper.ts';
import { type LiveSeat, listLive, lookUp } from '../service/live.ts';
import { type History, type Meter, SEATS_AT_ONCE, type Seats } from '../service/ports.ts';
import { sessionsOfUser } from '../service/user-sessions.ts';
import { parseHandle, sealedHandleOf } from '../session/handle.ts';
import type { Realms } from '../session/policy.ts';
import { isEnded, isOpen, nameOf, type Occupied, OPEN_RUNGS, type Seat } from '../session/seat.ts';
import { type Masters, stationKey, webhookSecrets } from '../station/keys.ts';
import { type Fault, faultsOf, type Read, readJson, userName } from '../station/message.ts';
import { REMEMBERED } from '../station/registry.ts';
import type { StationEntry, Stations } from '../station/stations.ts';
import { after, type Clock, DAY, toRfc3339 } from '../time.ts';
import { openApi } from './openapi.ts';
import { endSchema, keySchema, lengthOf, registrationSchema } from './operator-bodies.ts';
import { badRequest, problem } from './problem.ts';
import { type AppContext, type Complain, createApp, isStationId, readBody, readPageQuery } from './request.ts';
import { keyView, pastOf, pastView, realmView, sessionInFull, sessionView, stationView } from './views.ts';

export interface OperatorAppParts {
  readonly keeper: Keeper;
  readonly seats: Seats;
  readonly history: History;
  readonly stations: Stations;
  readonly realms: Realms;
  readonly shards: number;
  readonly master: () => Promise<Masters>;
  /** The names of the dialects that a station may be registered to speak. */
  readonly dialects: ReadonlySet<string>;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly complain: Complain;
  /** Told of each change that an operator made, for the audit: never a key. */
  readonly audit: (did: { principal: string; action: string; on: string; note?: string }) => void;
}

export function createOperatorApp(parts: OperatorAppParts) {
  const app = createApp(parts.complain);
  // For anyone, and the same for all: it tells nothing of this deployment.
  app.get('/openapi.json', (c) => c.json(openApi(), 200, { 'cache-control': 'public, max-age=3600' }));
  app.use(async (c, next) => {
    if (principalOf(c) !== undefined) return next();
    parts.meter.add('Forbidden', 1, { reason: 'operator-route' });
    return problem(c, 'forbidden', { detail: 'operators call this with AWS credentials that may invoke this route' });
  });

  app.get('/v1/sessions', (c) => listSessions(c, parts));
  app.get('/v1/sessions/:session', (c) => showSession(c, parts, c.req.param('session')));
  app.delete('/v1/sessions/:session', (c) => endSession(c, parts, c.req.param('session')));
  app.get('/v1/realms', (c) => c.json({ realms: [...parts.realms.values()].map(realmView) }));
  app.get('/v1/realms/:realm', (c) => showRealm(c, parts, c.req.param('realm')));
  app.post('/v1/realms/:realm/webhook/secret', (c) => showWebhook(c, parts, c.req.param('realm')));
  app.get('/v1/realms/:realm/users/:user', (c) => showUser(c, parts, c.req.param('realm'), c.req.param('user')));
  app.delete('/v1/realms/:realm/users/:user/history', (c) =>
    forgetUser(c, parts, c.req.param('realm'), c.req.param('user')),
  );
  app.get('/v1/stations', (c) => listStations(c, parts));
  app.put('/v1/stations/:station', (c) => putStation(c, parts, c.req.param('station')));
  app.get('/v1/stations/:station', (c) => showStation(c, parts, c.req.param('station')));
  app.delete('/v1/stations/:station', (c) => removeStation(c, parts, c.req.param('station')));
  app.post('/v1/stations/:station/key', (c) => issueKey(c, parts, c.req.param('station')));
  app.delete('/v1/stations/:station/key', (c) => revokeKeys(c, parts, c.req.param('station')));
  return app;
}

const authorizerSchema = z.object({ iam: z.object({ userArn: z.string().check(z.minLength(1)) }) });

/** Whom API Gateway's IAM authorizer let in. Without an authorizer in front nobody is anybody. */
function principalOf(c: AppContext): string | undefined {
  const context = c.env?.event?.requestContext;
  const authorizer: unknown = context !== undefined && 'authorizer' in context ? context.authorizer : undefined;
  const parsed = authorizerSchema.safeParse(authorizer);
  return parsed.success ? parsed.data.iam.userArn : undefined;
}

// --- sessions

async function listSessions(c: AppContext, { seats, shards, clock, realms }: OperatorAppParts): Promise<Response> {
  const page = readPageQuery(c, 'realm', 'user', 'station', 'rung');
  if (!page.ok) return badRequest(c, page.faults);
  const { realm, user, station, rung } = c.req.query();
  const knownRung = OPEN_RUNGS.find((name) => name === rung);
  const name = user === undefined ? undefined : userName.safeParse(user);
  if (name?.success === false) return badRequest(c, faultsAs('user', name.error));
  if (realm !== undefined && !realms.has(realm)) return noSuchRealm(c, realm);
  if (rung !== undefined && knownRung === undefined) {
    return badRequest(c, [{ field: 'rung', detail: `must be one of ${OPEN_RUNGS.join(', ')}` }]);
  }
  const now = clock();
  const filter = present({ realm, user: name?.data, station, rung: knownRung });
  const { items, cursor } = await listLive(seats, filter, { ...page.value, shards, now });
  return c.json({ sessions: items.map((seat) => sessionView(seat, now)), ...present({ cursor }) });
}

async function showSession(c: AppContext, parts: OperatorAppParts, handle: string): Promise<Response> {
  const name = parseHandle(handle);
  const now = parts.clock();
  const found = name && (await lookUp(parts, name, now));
  if (found === undefined) return noSuchSession(c, handle);
  if ('key' in found) {
    return c.json(sessionInFull(found, await parts.stations.read(found.session.station), now));
  }
  const view = pastView(found);
  const detail = `it ended at ${view.endedAt} (${view.reason}, by ${view.endedBy})`;
  return problem(c, 'session-ended', { detail, members: view });
}

const noSuchSession = (c: AppContext, handle: string) =>
  problem(c, 'no-such-session', { detail: `nothing is known of a session "${handle.slice(0, 400)}"` });

async function endSession(c: AppContext, parts: OperatorAppParts, handle: string): Promise<Response> {
  const name = parseHandle(handle);
  if (name === undefined) return noSuchSession(c, handle);
  const body = await readFields(c, endSchema);
  if (body instanceof Response) return body;
  const principal = principalOf(c) ?? '';
  const now = parts.clock();
  const { id = randomUUID(), reason: note } = body;
  const answer = await parts.keeper.end(name, { principal, id, note, now });
  if (answer.is === 'ended') {
    parts.audit({ principal, action: 'end-session', on: sealedHandleOf(name, answer.seat.session), note });
    return c.json({ outcome: 'ended', ...pastView(pastOf(answer.seat)) });
  }
  if (answer.is === 'gone' && answer.past !== undefined) {
    return c.json({ outcome: 'already-ended', ...pastView(answer.past) });
  }
  return noSuchSession(c, handle);
}

// --- realms and users

const noSuchRealm = (c: AppContext, realm: string) =>
  problem(c, 'no-such-realm', { detail: `the realms file has no realm "${realm.slice(0, 100)}"` });

function showRealm(c: AppContext, { realms }: OperatorAppParts, realm: string): Response {
  const policy = realms.get(realm);
  return policy === undefined ? noSuchRealm(c, realm) : c.json(realmView(policy));
}

/** No `GET`: whoever may look at everything is not to sign as we do. */
async function showWebhook(c: AppContext, parts: OperatorAppParts, realm: string): Promise<Response> {
  const policy = parts.realms.get(realm);
  if (policy === undefined) return noSuchRealm(c, realm);
  const { webhook } = policy;
  if (webhook === undefined) {
    return problem(c, 'no-webhook', { detail: `the realms file has no webhook for "${realm}" (docs/webhooks.md)` });
  }
  const [secret] = webhookSecrets(await parts.master(), realm, webhook.generation);
  parts.audit({ principal: principalOf(c) ?? '', action: 'show-webhook-secret', on: realm });
  return c.json({ realm, ...webhook, secret }, 200, { 'cache-control': 'no-store' });
}

async function showUser(c: AppContext, parts: OperatorAppParts, realm: string, user: string): Promise<Response> {
  if (!parts.realms.has(realm)) return noSuchRealm(c, realm);
  const page = readPageQuery(c);
  const name = userName.safeParse(user);
  if (!page.ok) return badRequest(c, page.faults);
  if (!name.success) return badRequest(c, faultsAs('user', name.error));
  const now = parts.clock();
  const { live, past } = await sessionsOfUser(parts, { realm, user: name.data }, { ...page.value, now });
  const stations = await stationsOf(parts, live);
  return c.json({
    user: name.data,
    realm,
    seats: live.map((seat) => sessionInFull(seat, stations.get(seat.session.station), now)),
    history: past.items.map(pastView),
    ...present({ cursor: past.cursor }),
  });
}

/** The stations at which these sessions are, each read once. */
async function stationsOf({ stations }: OperatorAppParts, seats: readonly LiveSeat[]) {
  const ids = [...new Set(seats.map(({ session }) => session.station))];
  return new Map(await Promise.all(ids.map(async (id) => [id, await stations.read(id)] as const)));
}

/** So many sessions are erased by one request at the most; the caller asks again. */
const FORGOTTEN_AT_ONCE = 500;

async function forgetUser(c: AppContext, parts: OperatorAppParts, realm: string, user: string): Promise<Response> {
  if (!parts.realms.has(realm)) return noSuchRealm(c, realm);
  const name = userName.safeParse(user);
  if (!name.success) return badRequest(c, faultsAs('user', name.error));
  const forgotten = await parts.history.forget(realm, name.data, FORGOTTEN_AT_ONCE);
  const note = `${forgotten.erased} sessions`;
  parts.audit({ principal: principalOf(c) ?? '', action: 'forget-user', on: `${realm}/${name.data}`, note });
  // Only now, so that what has ended meanwhile is named too.
  const { items: seats } = await parts.seats.ofUser(realm, name.data, { limit: SEATS_AT_ONCE });
  const handles = (fits: (seat: Seat) => seat is Occupied) =>
    seats.filter(fits).map((seat) => sealedHandleOf(nameOf(seat), seat.session));
  return c.json({ user: name.data, realm, ...forgotten, open: handles(isOpen), inSeats: handles(isEnded) });
}

// --- stations

const noSuchStation = (c: AppContext, id: string) =>
  problem(c, 'no-such-station', { detail: `no station "${id.slice(0, 100)}" is registered` });

async function putStation(c: AppContext, parts: OperatorAppParts, id: string): Promise<Response> {
  const named = stationId.safeParse(id);
  if (!named.success) return badRequest(c, faultsAs('station', named.error));
  const body = await readFields(c, registrationSchema);
  if (body instanceof Response) return body;
  const { realm, kind, name = id, location = '', reportsActivity = false, proof = 'bearer', speaksFor, dialect } = body;
  const certificate = body.certificate && fingerprintOf(body.certificate);
  const said = { id, realm, kind, name, location, reportsActivity, proof };
  const entry: StationEntry = { ...said, ...present({ speaksFor, dialect, certificate }) };
  const faults = registrationFaults(entry, parts);
  if (body.proof === undefined) faults.push(...silencedFaults(await parts.stations.read(id)));
  if (faults.length > 0) return badRequest(c, faults);
  const { created, station } = await parts.stations.put(entry, parts.clock());
  parts.audit({ principal: principalOf(c) ?? '', action: created ? 'register-station' : 'change-station', on: id });
  return c.json(stationView(station), created ? 201 : 200);
}

/** What no field says by itself. */
function registrationFaults(entry: StationEntry, { realms, dialects }: OperatorAppParts): Fault[] {
  const { realm, kind, proof, speaksFor, dialect } = entry;
  const policy = realms.get(realm);
  if (policy === undefined) return [{ field: 'realm', detail: `must be one of ${[...realms.keys()].join(', ')}` }];
  const faults: Fault[] = [];
  if (speaksFor !== undefined && kind !== 'gateway') {
    faults.push({
      field: 'speaksFor',
      detail: `is for a gateway; of the kind ${kind} a station speaks for itself alone`,
    });
  }
  if (proof === 'url' && policy.secretUrls !== 'allow') {
    const detail = `must not be url: the policy of ${realm} says "secretUrls": "${policy.secretUrls}"`;
    faults.push({ field: 'proof', detail });
  }
  if (dialect !== undefined && !dialects.has(dialect)) {
    const known = [...dialects].join(', ');
    faults.push({ field: 'dialect', detail: `must be one of ${known}; leave it out for JSON as the API has it` });
  }
  return faults;
}

/** What is left out goes back to its default; a `proof` that did would stop a station that nobody meant to stop. */
function silencedFaults(registered: StationEntry | undefined): Fault[] {
  if (registered === undefined || registered.proof === 'bearer') return [];
  const detail = `is missing: this station is registered with ${registered.proof}; say which it is to be`;
  return [{ field: 'proof', detail }];
}

/** As Node says it of a certificate. */
const fingerprintOf = (digits: string): string =>
  (digits.replaceAll(':', '').match(/../g) ?? []).join(':').toUpperCase();

async function showStation(c: AppContext, { stations }: OperatorAppParts, id: string): Promise<Response> {
  const station = isStationId(id) ? await stations.read(id) : undefined;
  return station === undefined ? noSuchStation(c, id) : c.json(stationView(station));
}

async function removeStation(c: AppContext, { stations, audit }: OperatorAppParts, id: string): Promise<Response> {
  if (!isStationId(id) || !(await stations.remove(id))) return noSuchStation(c, id);
  audit({ principal: principalOf(c) ?? '', action: 'remove-station', on: id });
  return c.body(null, 204);
}

async function listStations(c: AppContext, { stations }: OperatorAppParts): Promise<Response> {
  const page = readPageQuery(c);
  if (!page.ok) return badRequest(c, page.faults);
  const { items, cursor } = await stations.list(page.value);
  return c.json({ stations: items.map(stationView), ...present({ cursor }) });
}

async function issueKey(c: AppContext, parts: OperatorAppParts, id: string): Promise<Response> {
  const body = await readFields(c, keySchema);
  if (body instanceof Response) return body;
  const now = parts.clock();
  // Before the write: a key that cannot be shown must not count.
  const masters = await parts.master();
  const overlap = body.rotate === undefined ? undefined : lengthOf(body.rotate);
  const previousUntil = after(now, overlap ?? OVERLAP);
  const station = isStationId(id) ? await parts.stations.nextKey(id, { now, previousUntil }) : undefined;
  if (station === undefined) return noSuchStation(c, id);
  parts.audit({ principal: principalOf(c) ?? '', action: 'issue-key', on: id });
  const key = stationKey(masters, station);
  const url = station.proof === 'url' ? `/v1/stations/${id}/with/${key}/{event}` : undefined;
  const answer = { station: id, key, proof: station.proof, ...keyView(station), ...present({ url }) };
  return c.json(answer, 201, { 'cache-control': 'no-store' });
}

/** How long the key before opens too, unless it is said otherwise: a day's work for whoever goes from printer to printer. */
const OVERLAP = DAY;

async function revokeKeys(c: AppContext, parts: OperatorAppParts, id: string): Promise<Response> {
  const station = isStationId(id) ? await parts.stations.revokeKeys(id) : undefined;
  if (station === undefined) return noSuchStation(c, id);
  parts.audit({ principal: principalOf(c) ?? '', action: 'revoke-keys', on: id });
  // Once it is done, a container that has just read the station may go by that.
  const mayOpenUntil = toRfc3339(after(parts.clock(), REMEMBERED));
  return c.json({ station: id, ...keyView(station), mayOpenUntil });
}

const faultsAs = (field: string, error: z.core.$ZodError) => faultsOf(error).map(({ detail }) => ({ field, detail }));

async function readFields<T extends z.ZodMiniType>(c: AppContext, schema: T): Promise<z.infer<T> | Response> {
  const body = await readBody(c);
  if (body instanceof Response) return body;
  const json: Read<unknown> = body.length === 0 ? { ok: true, value: {} } : readJson(body);
  if (!json.ok) return badRequest(c, json.faults);
  const parsed = schema.safeParse(json.value);
  return parsed.success ? parsed.data : badRequest(c, faultsOf(parsed.error));
}
