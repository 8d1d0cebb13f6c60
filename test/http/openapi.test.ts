/** The description and the API say the same: a tour through the real applications, each answer read against it. */
import { expect, test } from 'vitest';
import { KINDS, problemName } from '../../lib/http/openapi-schemas.ts';
import { matchRoute } from '../../lib/local/bridge.ts';
import { ROUTES } from '../../lib/routes.ts';
import { EVENT_TYPES } from '../../lib/session/word.ts';
import { readDescription } from '../support/description.ts';
import { createEdge, type Reply, type Shot } from '../support/edge.ts';

const { document, deviations } = readDescription();
const MINUTE = 60_000;

test('it says which Curfew answers', () => expect(document.info.version).toBe('1.2.3+test'));

test('every route is described, one for events as an operation for each, and nothing else', () => {
  const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const events = [...EVENT_TYPES, 'events'];
  const routes = ROUTES.flatMap(({ method, path }) =>
    path.endsWith('/{event}')
      ? events.map((event) => `${method} ${path.replace('{event}', event)}`)
      : [`${method} ${path}`],
  );
  expect(described.toSorted()).toEqual(routes.toSorted());
});

test('every operation has a name of its own, a summary, and a parameter for each brace of its path', () => {
  const operations = Object.entries<
    Record<string, { operationId: string; summary: string; parameters?: { name: string; in: string }[] }>
  >(document.paths).flatMap(([path, methods]) => Object.values(methods).map((operation) => ({ path, ...operation })));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { path, summary, parameters = [] } of operations) {
    expect(summary).toMatch(/^[A-Z]/);
    const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
    expect(path.match(/\{\w+\}/g) ?? []).toEqual(named);
  }
});

test('no constant is said by a keyword that generators of clients stumble over', () =>
  expect(JSON.stringify(document)).not.toContain('"const":'));

test('every kind of problem is an answer of some route', () => {
  const paths = JSON.stringify(document.paths);
  expect(KINDS.filter((kind) => !paths.includes(`/${problemName(kind)}"`))).toEqual([]);
});

test('every reference leads somewhere, and every shape is used', () => {
  const told = JSON.stringify(document);
  const referred = new Set([...told.matchAll(/"\$ref":"#\/components\/schemas\/([\w-]+)"/g)].map(([, name]) => name));
  expect([...referred].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted());
});

test('every answer of a tour through the API is one that is described', async () => {
  const edge = createEdge({
    'campus-print': { profile: 'release-station', takeOver: 'offer', secretUrls: 'allow' },
    'bi-portal': {
      profile: 'enterprise',
      seats: 1,
      job: '30m',
      webhook: { url: 'https://portal.example.org/', events: ['session.ended'] },
    },
    'three-seats': { profile: 'enterprise', seats: 3 },
  });
  const found: string[] = [];
  const met = new Set<string>();
  const read = (shot: Pick<Shot, 'method' | 'url'>, reply: Reply): Reply => {
    const route = matchRoute(shot.method, shot.url.split('?')[0] ?? '')?.routeKey ?? 'none';
    found.push(...deviations({ route, url: shot.url }, reply));
    met.add(`${route} ${reply.status} ${reply.body?.type ?? reply.body?.outcome ?? ''}`);
    return reply;
  };
  const ask = async (method: string, url: string, body?: object) =>
    read({ method, url }, await edge.ask(method, url, body));
  const say = async (from: { id: string; key: string }, what: string, body?: object | string, type?: string) =>
    read({ method: 'POST', url: `/v1/stations/${from.id}/${what}` }, await edge.say(from, what, body, type));

  read(
    { method: 'GET', url: '/openapi.json' },
    await edge.call({ method: 'GET', url: '/openapi.json', headers: {}, body: Buffer.of() }),
  );
  for (const method of ['PUT', 'PUT', 'GET']) {
    await ask(method, '/v1/stations/lib-1', method === 'GET' ? undefined : { realm: 'campus-print', kind: 'hosted' });
  }
  await ask('PUT', '/v1/stations/lib-1', { realm: 'nowhere' });
  await ask('PUT', '/v1/stations/-', {});
  for (const id of ['lib-1', 'lib-new']) {
    await ask('PUT', `/v1/stations/${id}?dryRun=true`, { realm: 'campus-print', kind: 'pinging' });
  }
  await ask('PUT', '/v1/stations/lib-1?dryRun=perhaps', { realm: 'campus-print', kind: 'hosted' });
  await ask('PUT', '/v1/stations/lib-9', { realm: 'campus-print', kind: 'hosted', name: 'x'.repeat(20_000) });
  const key = await ask('POST', '/v1/stations/lib-1/key');
  const printer = { id: 'lib-1', key: String(key.body.key) };
  await ask('POST', '/v1/stations/none/key');
  await ask('DELETE', '/v1/stations/none/key');
  const other = await edge.register('lib-2', { realm: 'campus-print', kind: 'hosted', location: 'First floor' });
  const portal = await edge.register('portal', { realm: 'bi-portal', kind: 'application', reportsActivity: true });
  const office = await edge.register('office', { realm: 'three-seats', kind: 'application' });

  const { body: ana } = await say(printer, 'login', { user: 'ana', id: 'd-1' });
  await say(printer, 'login', { user: 'ana', id: 'd-1' });
  for (const what of ['ping', 'activity', 'job-started', 'job-ended']) await say(printer, what);
  await say(other, 'login', { user: 'ana' });
  await say(other, 'ping', { session: ana.session });
  await say(other, 'ping');
  await say(other, 'login', { user: 'ana', takeOver: true });
  await say(printer, 'ping', { session: ana.session });
  await say(printer, 'logout', { session: ana.session });
  await say(printer, 'boot');
  await say(other, 'logout');
  await say(other, 'login', { user: 'bo', occurredAt: '2026-11-23T07:00:00Z' });
  await say(other, 'levitate');
  await say(other, 'login', { user: 7 });
  await say(other, 'login', 'x'.repeat(20_000));
  await say(other, 'login', 'x', 'image/png');
  await say({ id: 'lib-2', key: 'x' }, 'login');
  await say(other, '..');
  for (let n = 0; n < 4; n++) await say(office, 'login', { user: 'ana' });
  await say(office, 'ping', { user: 'ana' });

  // The other ways to call, and to speak.
  const old = await edge.register('old', { realm: 'campus-print', kind: 'hosted', proof: 'url' });
  for (const key of [old.key, 'x']) {
    const shot = {
      method: 'POST',
      url: `/v1/stations/old/with/${key}/login`,
      headers: {},
      body: Buffer.from('{"user":"dan"}'),
    };
    read(shot, await edge.call(shot));
  }
  await ask('PUT', '/v1/stations/soap', { realm: 'campus-print', kind: 'hosted', dialect: 'sharp-osa' });
  const soap = { id: 'soap', key: String((await ask('POST', '/v1/stations/soap/key')).body.key) };
  for (const operation of ['<Hello xmlns="urn:schemas-sc-jp:mfp:osa-1-1"/>', '<Levitate/>']) {
    for (const [type, namespace] of [
      ['text/xml', 'http://schemas.xmlsoap.org/soap/envelope/'],
      ['application/soap+xml', 'http://www.w3.org/2003/05/soap-envelope'],
    ] as const) {
      await say(soap, 'events', `<e:Envelope xmlns:e="${namespace}"><e:Body>${operation}</e:Body></e:Envelope>`, type);
    }
  }
  const structured = { specversion: '1.0', id: 'c-1', source: '/x', type: 'com.example.login', data: { user: 'eve' } };
  await say(other, 'events', structured, 'application/cloudevents+json');
  await say(other, 'login', 'user=eve&takeOver=on', 'application/x-www-form-urlencoded');
  await ask('PUT', '/v1/stations/gate', { realm: 'campus-print', kind: 'gateway', speaksFor: ['lib-*'] });
  const gate = { id: 'gate', key: String((await ask('POST', '/v1/stations/gate/key', { rotate: '1h' })).body.key) };
  await ask('POST', '/v1/stations/gate/key', { rotate: 'soon' });
  await ask('POST', '/v1/stations/gate/key', { rotate: '1h' });
  await ask('GET', '/v1/stations/gate');
  for (const id of ['lib-1', 'lib-2', 'gate', 'portal', 'none']) await ask('GET', `/v1/stations/${id}/health`);
  await ask('GET', '/v1/stations?health=true');
  await ask('GET', '/v1/stations?health=no');
  await ask('GET', '/v1/realms/campus-print/users/ana');
  for (const station of ['lib-2', 'portal', 'lib-77']) await say(gate, 'login', { user: 'fay', station });
  for (let n = 0; n < 120; n++) await say(other, 'ping');

  // Down the ladder and back.
  const { body: bea } = await say(portal, 'login', { user: 'bea' });
  for (const minutes of [21, 30, 60]) {
    edge.later(minutes * MINUTE);
    await say(portal, 'ping', { session: bea.session });
    for (const url of [
      '/v1/sessions?rung=active&limit=5',
      '/v1/realms/bi-portal/users/bea',
      `/v1/sessions/${bea.session}`,
    ]) {
      await ask('GET', url);
    }
  }
  const { body: anew } = await say(portal, 'activity', { session: bea.session });
  await ask('GET', `/v1/sessions/${anew.session}`);
  await ask('GET', `/v1/sessions/${bea.session}`);
  edge.later(24 * 60 * MINUTE);
  await say(portal, 'activity', { session: anew.session });
  const { body: carl } = await say(portal, 'login', { user: 'carl' });
  await ask('DELETE', `/v1/sessions/${carl.session}`, {});
  await ask('DELETE', `/v1/sessions/${carl.session}`, { reason: 'left' });
  await ask('DELETE', `/v1/sessions/${carl.session}`, { reason: 'left' });
  await ask('DELETE', '/v1/sessions/none', { reason: 'left' });
  await ask('GET', `/v1/sessions/${carl.session}`);
  await ask('GET', '/v1/sessions/none');
  await ask('GET', '/v1/sessions?realm=nowhere');
  await ask('GET', '/v1/sessions?limit=0');
  await ask('GET', '/v1/sessions?cursor=x');
  await ask('GET', '/v1/realms');
  await ask('GET', '/v1/realms/bi-portal');
  await ask('GET', '/v1/realms/nowhere');
  for (const realm of ['bi-portal', 'campus-print', 'nowhere']) await ask('POST', `/v1/realms/${realm}/webhook/secret`);
  await ask('GET', '/v1/realms/nowhere/users/ana');
  for (const realm of ['bi-portal', 'nowhere']) await ask('DELETE', `/v1/realms/${realm}/users/bea/history`);
  await ask('GET', '/v1/stations?limit=2');
  await ask('GET', '/v1/stations?cursor=x');
  await ask('GET', '/v1/stations/none');
  await ask('DELETE', '/v1/stations/none');
  await ask('DELETE', '/v1/stations/lib-2/key');
  await ask('DELETE', '/v1/stations/lib-2');
  for (const { method, path, caller } of ROUTES) {
    const url = path.replaceAll(/\{\w+\}/g, 'x');
    if (caller === 'operator') read({ method, url }, await edge.call({ method, url, headers: {}, body: Buffer.of() }));
  }

  expect(found).toEqual([]);
  expect(edge.complaints).toEqual([]);
  // A tour that met little would show little.
  expect(met.size).toBeGreaterThan(65);
});
