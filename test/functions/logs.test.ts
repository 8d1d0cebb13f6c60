/** What the functions write to their logs: enough to see what went on, and nobody's secret. */
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { basic, bearer } from '../support/callers.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions(
  {
    'campus-print': { profile: 'release-station', webhook: { url: 'https://gateway.example.org/curfew' } },
    old: { profile: 'release-station', secretUrls: 'allow' },
  },
  { logLevel: 'DEBUG' },
);

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...said) => void lines.push(said.map(String).join(' ')));
  }
  const write = (text: string | Uint8Array) => lines.push(String(text)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(write);
  vi.spyOn(process.stderr, 'write').mockImplementation(write);
});
afterEach(() => void vi.restoreAllMocks());

const PATH = (id: string, way: string) => `/v1/stations/${id}/${way}`;
const JSON_TYPE = { 'content-type': 'application/json' };

test('says who was refused, and a gateway that speaks for another', async () => {
  const printer = await functions.register({ realm: 'campus-print', kind: 'hosted' });
  const gateway = await functions.register({ realm: 'campus-print', kind: 'gateway', speaksFor: [printer.id] });
  await functions.deliver(PATH(printer.id, 'ping'), { authorization: `Bearer ${gateway.key}` });
  await functions.deliver(PATH(gateway.key, 'ping'), { authorization: `Bearer ${gateway.key}` });
  await functions.say(gateway, 'boot', { station: printer.id });
  await functions.say(gateway, 'boot', { station: 'elsewhere' });
  const heard = lines.flatMap((line) => (line.includes('"heard"') ? [JSON.parse(line)] : []));
  expect(heard.map(({ by, station, event, outcome, status }) => [by, station ?? '', event, outcome, status])).toEqual([
    [`?${printer.id}`, '', 'ping', 'not-authenticated', 401],
    ['?', '', 'ping', 'not-authenticated', 401],
    [gateway.id, printer.id, 'boot', 'nothing-open', 200],
    [gateway.id, gateway.id, 'boot', 'not-spoken-for', 403],
  ]);
});

test('says which operator was shown the secret of a webhook, and not the secret', async () => {
  const { body } = await functions.operator('POST', '/v1/realms/campus-print/webhook/secret');
  const log = lines.join('\n');
  expect(log).toMatch(/"principal": ?"[^"]*olga",\s*"action": ?"show-webhook-secret",\s*"on": ?"campus-print"/);
  expect(log).not.toContain(body.secret.slice(-20));
});

test.each(['bearer', 'basic', 'signature', 'url'])(
  'a %s that is right, and one that is wrong, leave no trace',
  async (proof) => {
    const realm = proof === 'url' ? 'old' : 'campus-print';
    const user = `ana-who-has-a-${proof}-is-nobodys-business`;
    const { id, key } = await functions.register({ realm, kind: 'hosted', proof });
    const body = JSON.stringify({ type: 'login', user, secretField: 'what else firmware says' });
    const at = new Date();
    const signature = proof === 'signature' ? new Webhook(key).sign('msg_1', at, body) : '';
    const signed = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': signature,
    };
    const ways: Record<string, [path: string, headers: Record<string, string>]> = {
      bearer: [PATH(id, 'events'), bearer(key)],
      basic: [PATH(id, 'events'), basic(id, key)],
      signature: [PATH(id, 'events'), signed],
      url: [PATH(id, `with/${key}/events`), {}],
    };
    const [path = '', headers = {}] = ways[proof] ?? [];
    expect(await functions.deliver(path, { ...JSON_TYPE, ...headers }, body)).toMatchObject({
      body: { outcome: 'opened' },
    });
    expect(await functions.deliver(path, { ...JSON_TYPE, ...headers }, `${body}{`)).toMatchObject({
      status: proof === 'signature' ? 401 : 400,
    });
    expect(
      await functions.deliver(`${path}x`, { ...JSON_TYPE, ...headers, authorization: `Bearer ${key}x` }, body),
    ).toMatchObject({
      status: expect.toBeOneOf([400, 401]),
    });

    const log = lines.join('\n');
    expect(log).toContain(id);
    for (const secret of [
      key,
      key.slice(-20),
      signature,
      'what else firmware says',
      user,
      basic(id, key).authorization,
    ]) {
      if (secret !== '') expect(log).not.toContain(secret);
    }
  },
);
