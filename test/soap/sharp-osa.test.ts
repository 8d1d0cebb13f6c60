/** Sharp OSA as it is shipped: what the machine tells of jobs puts nobody out, lets nobody in, and keeps no seat. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createEdge, type Edge, type Reply } from '../support/edge.ts';

const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const UID = 'SN5500830Y00JB000002388';

let edge: Edge;
let copier: { id: string; key: string };

beforeEach(async () => {
  edge = createEdge({ campus: { profile: 'release-station', users: { domains: ['CORP'] } } });
  const entry = { realm: 'campus', kind: 'hosted', reportsActivity: true, dialect: 'sharp-osa' } as const;
  copier = await edge.register('copier', entry);
  await edge.say(copier, 'login', { user: 'ana' });
  edge.later(1_000);
});

const osa = (operation: string, inner: string): Promise<Reply> =>
  edge.say(
    copier,
    'events',
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ${XSI}><s:Body>` +
      `<${operation} xmlns="urn:schemas-sc-jp:mfp:osa-1-1">${inner}</${operation}></s:Body></s:Envelope>`,
    'text/xml;charset="utf-8"',
  );
const account = (id: string | undefined) =>
  `<user-info>${id === undefined ? '<account-id xsi:nil="true"/>' : `<account-id>${id}</account-id>`}</user-info>`;
const jobId = (type: string, uid = UID) =>
  `<mfp-job-id><JobId uid="${uid}"><job-type>${type}</job-type></JobId></mfp-job-id>`;
const event = (id: string | undefined, details: string, inner = '') =>
  osa(
    'Event',
    `<event-data>${account(id)}<details xsi:type="DETAILS_ON_${details}_TYPE">${inner}</details></event-data>`,
  );
const starts = (id: string | undefined, type: string, uid?: string) => event(id, 'JOB_STARTED', jobId(type, uid));
const ends = (id: string | undefined, type: string, uid?: string) =>
  event(
    id,
    'JOB_COMPLETED',
    `<JobResults xsi:type="JOB_RESULTS_${type}_TYPE">${jobId(type, uid)}<job-status><status>CANCELED</status></job-status></JobResults>`,
  );

/** Who is logged in; how many jobs run; until when at the latest if nothing more is heard, in seconds. */
async function now() {
  const { sessions } = (await edge.ask('GET', '/v1/sessions')).body;
  return sessions.map(({ user, jobs = 0, heldUntil }: { user: string; jobs?: number; heldUntil: string }) => ({
    user,
    jobs,
    held: Math.round((Date.parse(heldUntil) - edge.now) / 1_000),
  }));
}
const IDLE = 30;
const JOB = 30 * 60;

describe('while ana stands at the copier', () => {
  test.each([
    ['Authenticate', account('ben')],
    ['Authorize', jobId('PRINT') + account('ben')],
    ['AuthorizeEx', jobId('PRINT') + account('CORP\\ben')],
  ])('ben’s job from a PC is let pass and puts nobody out: %s', async (operation, inner) => {
    const { status, text } = await osa(operation, inner);
    expect([status, text]).toEqual([200, expect.stringContaining(`<${operation}Response `)]);
    expect(await now()).toEqual([{ user: 'ana', jobs: 0, held: IDLE - 1 }]);
  });

  test('ben’s job from a PC starts and ends, and keeps ana’s seat no longer', async () => {
    for (const reply of [await starts('ben', 'PRINT'), await ends('ben', 'PRINT')]) expect(reply.status).toBe(200);
    expect(await now()).toEqual([{ user: 'ana', jobs: 0, held: IDLE - 1 }]);
  });

  test('a job from a PC that names nobody is not taken for hers', async () => {
    expect((await starts(undefined, 'PRINT')).status).toBe(200);
    expect(await now()).toEqual([{ user: 'ana', jobs: 0, held: IDLE - 1 }]);
  });

  test('a copy of hers keeps her seat until it is done, and she is active', async () => {
    await osa('Authorize', jobId('COPY') + account('ana'));
    expect(await now()).toEqual([{ user: 'ana', jobs: 0, held: IDLE }]);
    await starts('ana', 'COPY');
    expect(await now()).toEqual([{ user: 'ana', jobs: 1, held: JOB }]);
    await ends('ana', 'COPY');
    expect(await now()).toEqual([{ user: 'ana', jobs: 0, held: IDLE }]);
  });

  test('a copy whose account is nil is that of who stands there', async () => {
    await starts(undefined, 'COPY');
    expect(await now()).toEqual([{ user: 'ana', jobs: 1, held: JOB }]);
  });

  test('a job that starts twice is one, and its end is the end', async () => {
    await starts('ana', 'SCAN');
    await starts('ana', 'SCAN');
    expect(await now()).toMatchObject([{ jobs: 1 }]);
    await ends('ana', 'SCAN');
    expect(await now()).toMatchObject([{ jobs: 0, held: IDLE }]);
  });

  test('a job that ends twice ends no other', async () => {
    await starts('ana', 'COPY');
    await starts('ana', 'SCAN', 'SN5500830Y00JB000002389');
    await ends('ana', 'COPY');
    await ends('ana', 'COPY');
    expect(await now()).toMatchObject([{ jobs: 1 }]);
  });

  test.each(['Other2', 'other', undefined, 'ben'])(
    'a job of hers that is cancelled under the account %s has ended',
    async (id) => {
      await starts('ana', 'COPY');
      await ends(id, 'COPY');
      expect(await now()).toMatchObject([{ user: 'ana', jobs: 0, held: IDLE }]);
    },
  );

  test('a job that has no name neither begins nor ends anything: which it is nobody could tell', async () => {
    await event('ana', 'JOB_STARTED', '<mfp-job-id/>');
    expect(await now()).toMatchObject([{ jobs: 0 }]);
    await starts('ana', 'COPY');
    await event('ana', 'JOB_COMPLETED', '<JobResults xsi:type="JOB_RESULTS_COPY_TYPE"/>');
    expect(await now()).toMatchObject([{ jobs: 1 }]);
  });

  test.each([['ana'], [undefined]])('the machine’s own logout of %s ends her session', async (id) => {
    expect((await event(id, 'USER_LOGOUT', '<cause>HKEY</cause>')).status).toBe(200);
    expect(await now()).toEqual([]);
  });

  test('a logout of ben, who is not here, ends nobody’s', async () => {
    expect((await event('ben', 'USER_LOGOUT', '<cause>TIMEOUT</cause>')).status).toBe(200);
    expect(await now()).toMatchObject([{ user: 'ana' }]);
  });

  test('a start of the machine does', async () => {
    await osa('Hello', `<device-info uuid="7"/><xml-doc-acl>${account(undefined)}</xml-doc-acl>`);
    expect(await now()).toEqual([]);
  });

  test.each(['GetUserInfo', 'NotifyUserCredentials', 'Alive'])(
    '%s says nothing of who is logged in',
    async (operation) => {
      expect((await osa(operation, account('ben'))).status).toBe(200);
      expect(await now()).toEqual([{ user: 'ana', jobs: 0, held: IDLE - 1 }]);
    },
  );
});

describe.each([
  'blankuser',
  'BlankUser',
  'Other2',
  'other',
  'admin',
  'SERVICE',
  'system',
  'invalid',
  'vendor',
  'Vender2',
])('the account %s is nobody', (id) => {
  test('who logs nobody in or out, and has no job', async () => {
    for (const reply of [
      await osa('Authenticate', account(id)),
      await osa('Authorize', jobId('COPY') + account(id)),
      await starts(id, 'COPY'),
      await event(id, 'USER_LOGOUT', '<cause>TIMEOUT</cause>'),
    ]) {
      expect(reply.status).toBe(200);
    }
    expect(await now()).toEqual([{ user: 'ana', jobs: 0, held: IDLE - 1 }]);
  });
});

test('a list of all that a machine can do is longer than an event, and is read: its start is not lost', async () => {
  const counters = Array.from({ length: 300 }, (_, n) => `<counter sys-name="CNT_${n}_OF_WHATEVER">0</counter>`).join(
    '',
  );
  expect(counters.length).toBeGreaterThan(13_000);
  expect((await osa('Hello', `<counters>${counters}${' '.repeat(4_000)}</counters>`)).status).toBe(200);
  expect(await now()).toEqual([]);
});
