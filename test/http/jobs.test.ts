/** The names of jobs, in whichever way they are said. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createEdge, type Edge } from '../support/edge.ts';

const REALMS = {
  realms: { campus: { profile: 'release-station' } },
  dialects: {
    acme: {
      operations: {
        Start: [{ event: 'job-started', user: 'Who', job: 'Job/@number' }],
        Done: [{ event: 'job-ended', user: 'Who', job: 'Job/@number' }],
      },
    },
  },
};

let edge: Edge;
let copier: { id: string; key: string };
let gate: { id: string; key: string };

beforeEach(async () => {
  edge = createEdge(REALMS);
  copier = await edge.register('copier-1', { realm: 'campus', kind: 'pinging', dialect: 'acme' });
  gate = await edge.register('gate', { realm: 'campus', kind: 'gateway', speaksFor: ['copier-1'] });
  await edge.say(copier, 'login', { user: 'ana' });
});

/** How many jobs run. */
const running = async (): Promise<number> => (await edge.ask('GET', '/v1/sessions')).body.sessions[0].jobs ?? 0;

const soap = (operation: string, job: string) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><${operation}><Who>ana</Who><Job number="${job}"/></${operation}></s:Body></s:Envelope>`;

const cloudEvent = (event: string, job: string) =>
  JSON.stringify({ specversion: '1.0', id: `${event}-${job}`, source: '/copier', type: event, data: { job } });

describe('a job is ended by its name, and none but it', () => {
  test.each<[string, (event: 'job-started' | 'job-ended', job: string) => Promise<{ status: number }>]>([
    ['JSON', (event, job) => edge.say(copier, event, { job })],
    ['a form', (event, job) => edge.say(copier, event, `job=${job}`, 'application/x-www-form-urlencoded')],
    [
      'a CloudEvent',
      (event, job) => edge.say(copier, 'events', cloudEvent(event, job), 'application/cloudevents+json'),
    ],
    [
      'SOAP',
      (event, job) => edge.say(copier, 'events', soap(event === 'job-started' ? 'Start' : 'Done', job), 'text/xml'),
    ],
    ['a gateway’s JSON', (event, job) => edge.say(gate, event, { station: 'copier-1', job })],
  ])('in %s', async (_, say) => {
    expect((await say('job-started', 'scan-17')).status).toBe(200);
    await say('job-started', 'print-4');
    expect(await running()).toBe(2);
    await say('job-ended', 'copy-1');
    expect(await running()).toBe(2);
    await say('job-ended', 'scan-17');
    expect(await running()).toBe(1);
    await say('job-ended', 'print-4');
    expect(await running()).toBe(0);
  });

  test('however its name was typed: with blanks around it, or é as two characters', async () => {
    await edge.say(copier, 'job-started', { job: ' Expose\u0301 of ana ' });
    await edge.say(copier, 'job-ended', { job: 'Expos\u00e9 of ana' });
    expect(await running()).toBe(0);
  });
});

test.each([
  ['x'.repeat(49), 'must have at most 48 characters'],
  ['scan\u000017', 'must have no control characters'],
  [17, 'must be what the station calls the job, as a string'],
])('%j is no name of a job', async (job, detail) =>
  expect(await edge.say(copier, 'job-started', { job })).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'job', detail }] },
  }),
);

test('48 characters are a name, whatever they are', async () =>
  expect((await edge.say(copier, 'job-started', { job: '\u{1f5a8}'.repeat(48) })).status).toBe(200));

test('a misspelt job is not let pass', async () =>
  expect(await edge.say(copier, 'job-started', { Job: 'scan-17' })).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'Job', detail: 'is no field; "job" is' }] },
  }));
