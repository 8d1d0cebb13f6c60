import { expect, test } from 'vitest';
import { ROUTES } from '../../lib/routes.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station' } });

test.each(ROUTES)('$method $path is answered by the function of whoever calls it', async ({ method, path, caller }) => {
  const printer = await functions.register({ realm: 'campus-print', kind: 'hosted' });
  const filled = path
    .replace('{station}', printer.id)
    .replace('{realm}', 'campus-print')
    .replace('{user}', 'ana')
    .replace('{session}', '1.0.campus-print.YW5h');
  const reply =
    caller === 'station'
      ? await functions.say(printer, 'boot')
      : await functions.operator(method, filled, { reason: 'x' });
  expect(reply.body?.type).not.toBe('urn:curfew:problem:no-such-route');
  expect(reply.status).toBeLessThan(500);
});

test('what is no route is said to be none', async () => {
  const { status, body } = await functions.operator('GET', '/v1/nothing');
  expect([status, body.type]).toEqual([404, 'urn:curfew:problem:no-such-route']);
});
