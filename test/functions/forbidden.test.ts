/** Whoever speaks of what is not theirs is told so, changes nothing, and is counted. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bearer } from '../support/callers.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  'campus-print': { profile: 'release-station' },
  library: { profile: 'release-station' },
});

type Station = Awaited<ReturnType<typeof functions.register>>;
const at = (realm: string, more: object = {}) => functions.register({ realm, kind: 'hosted', ...more });
let [printer, other, abroad, gateway]: Station[] = [];
let session = '';

beforeAll(async () => {
  [printer, other, abroad] = await Promise.all([at('campus-print'), at('campus-print'), at('library')]);
  gateway = await at('campus-print', { kind: 'gateway', speaksFor: ['floor-3-*', printer.id] });
  await functions.register({ realm: 'campus-print', kind: 'hosted' }, 'floor-3-a');
  await functions.register({ realm: 'library', kind: 'hosted' }, 'floor-3-b');
  session = (await functions.say(printer, 'login', { user: 'ana' })).body.session;
});

const known = (station: Station | undefined): Station => station as Station;

/** What it was answered, what was counted, and how many requests wrote anything. */
async function asked(act: () => ReturnType<typeof functions.say>) {
  let status = 0;
  functions.dynamodb.take();
  const metrics = await functions.metricsOf(async () => {
    ({ status } = await act());
  });
  const asked = functions.dynamodb.take().filter(({ item }) => item !== 'refused');
  const writeUnits = asked.reduce((sum, { writeUnits: units }) => sum + units, 0);
  return { status, metrics, isOpen: await isOpen(), hasWritten: writeUnits > 0 };
}

const isOpen = async () => (await functions.operator('GET', `/v1/sessions/${session}`)).status === 200;
const REFUSED = { status: 403, metrics: ['Forbidden'], isOpen: true };

describe('403, counted, and the session goes on', () => {
  test.each(['ping', 'activity', 'job-started', 'logout'])('%s of another station’s session', async (event) =>
    expect(await asked(() => functions.say(known(other), event, { session }))).toEqual({
      ...REFUSED,
      hasWritten: false,
    }),
  );

  test.each(['ping', 'logout'])('%s of a session in another realm', async (event) =>
    expect(await asked(() => functions.say(known(abroad), event, { session }))).toEqual({
      ...REFUSED,
      hasWritten: false,
    }),
  );

  test.each([
    ['outside what it speaks for', 'floor-4-a'],
    ['of another realm', 'floor-3-b'],
    ['that nobody has registered', 'floor-3-z'],
  ])('a gateway for a station %s', async (_, station) =>
    expect(await asked(() => functions.say(known(gateway), 'login', { user: 'ben', station }))).toEqual({
      ...REFUSED,
      hasWritten: false,
    }),
  );

  test('a station that is no gateway for another', async () =>
    expect(await asked(() => functions.say(known(other), 'logout', { session, station: known(printer).id }))).toEqual({
      ...REFUSED,
      hasWritten: false,
    }));
});

describe('a gateway', () => {
  test.each(['floor-3-a'])('logs users in at %s, which it speaks for, and out', async (station) => {
    const opened = await functions.say(known(gateway), 'login', { user: 'cyd', station });
    expect(opened).toMatchObject({ status: 201, body: { station, user: 'cyd' } });
    expect(await functions.say(known(gateway), 'logout', { station })).toMatchObject({ body: { outcome: 'ended' } });
  });

  test('speaks of a session of such a station, whose own key opens it too', async () => {
    const said = { session, station: known(printer).id };
    expect(await functions.say(known(gateway), 'ping', said)).toMatchObject({ status: 200 });
    expect(await functions.say(known(printer), 'ping', { session })).toMatchObject({ status: 200 });
  });
});

test('an operator’s route is nobody’s who brings a station’s key', async () => {
  const path = `/v1/sessions/${session}`;
  const refused = { ...REFUSED, hasWritten: false };
  expect(await asked(() => functions.stranger('DELETE', path, { reason: 'mine' }))).toEqual(refused);
  expect(await asked(() => functions.stranger('GET', '/v1/stations'))).toEqual(refused);
  expect(await isOpen()).toBe(true);
  // And a station's route is nobody's who brings another station's.
  const stolen = await functions.deliver(`/v1/stations/${known(printer).id}/logout`, bearer(known(other).key));
  expect(stolen.status).toBe(401);
});
