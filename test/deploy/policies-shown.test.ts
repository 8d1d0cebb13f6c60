/** What of the policies stands in the template. */
import { expect, test, vi } from 'vitest';
import { useSynth } from './synth.ts';

// A stack takes a second or two to make, on a busy machine more.
vi.setConfig({ testTimeout: 60_000 });
const { templateOf } = useSynth();

const webhook = { url: 'https://hooks.example.org/T0/secret', events: ['session.ended'] };
const realmsWith = (lease: string): object => ({
  $schema: './realms.schema.json',
  realms: {
    'campus-print': { profile: 'release-station', lease, stations: { 'lib-1': { idle: '30s' } } },
    portal: { profile: 'enterprise', webhook },
  },
});
const metadataOf = (realms: object) => templateOf('prod', { realms }).toJSON().Metadata;

test('a policy stands in the template as readable lines, with what its profile says besides', () => {
  const shown = metadataOf(realmsWith('5m'));
  expect(shown).toMatchObject({
    'curfew-prod campus-print profile': 'release-station',
    'curfew-prod campus-print lease': '5m',
    'curfew-prod campus-print stations lib-1 idle': '30s',
    'curfew-prod portal webhook events': '["session.ended"]',
    'curfew-prod profile release-station maximum': '12h',
    'curfew-prod profile enterprise idle': '20m',
  });
});

test('of a webhook’s address, which may be a secret, the path is not shown, though a change of it is', () => {
  const shown = metadataOf(realmsWith('5m'))['curfew-prod portal webhook url'];
  expect(shown).toMatch(/^https:\/\/hooks\.example\.org\/… \([0-9a-f]{8}\)$/);
  const other = { realms: { portal: { profile: 'enterprise', webhook: { ...webhook, url: `${webhook.url}2` } } } };
  expect(metadataOf(other)['curfew-prod portal webhook url']).not.toBe(shown);
});

test('more than a template has room for is told by a line that changes with it', () => {
  const many = (lease: string) => ({
    realms: Object.fromEntries(
      Array.from({ length: 7_000 }, (_, n) => [`realm-${n}`, { profile: 'release-station', lease }]),
    ),
  });
  const shown = metadataOf(many('5m'));
  expect(Object.keys(shown)).toEqual(['curfew-prod policies']);
  expect(metadataOf(many('6m'))).not.toEqual(shown);
});
