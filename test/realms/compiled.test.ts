/** What a synth hands to a function is what it has checked. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compile, fromCompiled } from '../../lib/realms/compiled.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';

const roundTrip = (text: string) => {
  const { errors, warnings: _, ...accepted } = readRealms(text);
  expect(errors).toEqual([]);
  return { accepted, back: fromCompiled(compile(accepted)) };
};

test.each(['realms.json', 'docs/policy/realms.json', 'test/deployed/realms.json', 'test/outside/realms.json'])(
  'a function finds in %s what the synth found',
  (file) => {
    const { accepted, back } = roundTrip(readFileSync(file, 'utf8'));
    expect(back).toEqual(accepted);
    expect(back.realms.size).toBeGreaterThan(0);
  },
);

test('a function finds what each field may say, and a dialect of the file alone', () => {
  const everything = {
    realms: {
      campus: {
        profile: 'release-station',
        seats: 3,
        idle: '30s',
        stations: { 'lib-1': { idle: '90s' }, 'lib-2': { idle: '2m' } },
        ping: '1m',
        lease: '5m',
        failover: 'off',
        logonToken: 'off',
        takeOver: 'replace',
        secretUrls: 'allow',
        webhook: { url: 'https://hooks.campus.example/curfew', events: ['session.ended'], generation: 2 },
      },
      portal: { profile: 'enterprise', whenIdle: 'linger', logonToken: '8h' },
    },
    dialects: { acme: { operations: { LogIn: [{ event: 'login', user: 'Name' }] } } },
  };
  const { accepted, back } = roundTrip(JSON.stringify(everything));
  expect(back).toEqual(accepted);
  expect(back.realms.get('campus')?.idleOfStation).toEqual(new Map(accepted.realms.get('campus')?.idleOfStation ?? []));
  expect(back.dialects.get('acme')).toEqual(everything.dialects.acme);
});
