/** The functions as they are deployed: what a function reads later is there when it is needed, and the realms are the synth's. */
import { beforeAll, expect, test } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station', lease: '7m' } }, { bundled: true });

interface Station {
  readonly id: string;
  readonly key: string;
}

let printer: Station;
let sharp: Station;
beforeAll(async () => {
  printer = await functions.register({ realm: 'campus-print', kind: 'hosted' });
  sharp = await functions.register({ realm: 'campus-print', kind: 'hosted', dialect: 'sharp-osa' });
});

test('the first login opens a session under the policy of the synth, and arms its timer', async () => {
  const { status, body } = await functions.say(printer, 'login', { user: 'ana' });
  expect([status, body.bound]).toEqual([201, 'PT7M2S']);
  expect(functions.scheduler.take().map(({ operation }) => operation)).toEqual([
    expect.stringMatching(/^POST \/schedules\/s\d-/),
  ]);
});

test('a printer that speaks SOAP is understood and answered in SOAP', async () => {
  const body =
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' +
    '<Authenticate xmlns="urn:schemas-sc-jp:mfp:osa-1-1"><user-info><account-id>ben</account-id></user-info></Authenticate>' +
    '</s:Body></s:Envelope>';
  const answer = await functions.say(sharp, 'events', body, { 'content-type': 'text/xml' });
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/xml; charset=utf-8']);
  expect(answer.body).toContain('<AuthenticateResponse');
  const { body: ben } = await functions.operator('GET', '/v1/realms/campus-print/users/ben');
  expect(ben.seats).toMatchObject([{ station: sharp.id }]);
});

test('what is swept and what changes goes through the other functions', async () => {
  await functions.sweep({ backstop: true });
  expect(await functions.journal()).toBeGreaterThan(0);
  expect((await functions.events()).map((event) => event['detail-type'])).toContain('session.opened');
});
