/** `curfew dialect` as a process of its own: what an operator sees before a printer is let loose on it. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { mappingIn, tryDialect } from '../../lib/command/dialect-try.ts';
import type { Mapping } from '../../lib/soap/dialect-text.ts';
import { epochMs } from '../../lib/time.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const COMMAND = fileURLToPath(new URL('../../bin/curfew.js', import.meta.url));
const newDirectory = useTemporaryDirectories();

const ACME: Mapping = {
  namespaces: ['urn:acme'],
  operations: { LogIn: [{ event: 'login', user: 'Name', answer: { fields: { Session: '{session}' } } }] },
};
const REALMS = { campus: { profile: 'release-station' } };

const soap = (body: string) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;

function dialect(args: readonly string[], input = '') {
  const directory = newDirectory();
  const file = (name: string, content: string | object) =>
    writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
  file('login.xml', soap('<LogIn xmlns="urn:acme"><Name>ana\u202e</Name></LogIn>'));
  file('hello.xml', soap('<Hello xmlns="urn:schemas-sc-jp:mfp:osa-1-1"/>'));
  file('acme.json', ACME);
  file('realms.json', { realms: REALMS, dialects: { acme: ACME } });
  file('several.json', { realms: REALMS, dialects: { acme: ACME, 'sharp-osa': ACME } });
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'dialect', ...args], {
    cwd: directory,
    encoding: 'utf8',
    input,
  });
  return { status, stdout, stderr };
}

describe('a message is tried', () => {
  test('in the one dialect of a realms file: event, fields and answers are shown', () => {
    const { status, stdout, stderr } = dialect(['try', 'realms.json', 'login.xml']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^login\.xml in acme: LogIn, in SOAP 1\.1\nevent {2}login\nuser {3}ana\\u\{202e\}\n/);
    expect(stdout).toContain('\nopened: HTTP 200, text/xml; charset=utf-8\n');
    expect(stdout).toMatch(/<LogInResponse xmlns="urn:acme"><Session>[\w.-]+<\/Session><\/LogInResponse>/);
    expect(stdout).toContain('\nthe seat is taken: HTTP 500, text/xml; charset=utf-8\n');
    expect(stdout).toContain('<faultstring>Already logged in at Library 2 (second floor).');
  });

  test('in a mapping by itself', () => {
    const { status, stdout } = dialect(['try', 'acme.json', 'login.xml']);
    expect([status, stdout.split('\n')[0]]).toEqual([0, 'login.xml in tried: LogIn, in SOAP 1.1']);
  });

  test('in a shipped dialect, from standard input, and told to programs', () => {
    const { status, stdout } = dialect(
      ['try', '--dialect', 'sharp-osa', '--json', '-'],
      soap('<Hello xmlns="urn:schemas-sc-jp:mfp:osa-1-1"/>'),
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      dialect: 'sharp-osa',
      operation: 'Hello',
      version: '1.1',
      said: { type: 'boot' },
      faults: [],
      answers: [
        { when: 'ended', status: 200 },
        { when: 'nothing was open', status: 200 },
      ],
    });
  });

  test('and refused: why, and what its printer is told', () => {
    const { status, stdout } = dialect(['try', 'acme.json', 'hello.xml']);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^hello\.xml in tried\nrefused: Body calls an operation that this dialect has not: \{urn:schemas/,
    );
    expect(stdout).toContain('<faultcode>soap:Client</faultcode>');
  });

  test('and refused for its length', async () => {
    const message = new TextEncoder().encode(
      soap(`<LogIn xmlns="urn:acme"><Name>${'a'.repeat(66_000)}</Name></LogIn>`),
    );
    const { faults } = await tryDialect({ name: 'acme', mapping: ACME }, message, epochMs(0));
    expect(faults).toEqual([{ field: 'body', detail: `has ${message.length} bytes; at most 65536 are read` }]);
  });
});

describe('without a dialect there is nothing to try:', () => {
  const file = (dialects?: object) => JSON.stringify({ realms: REALMS, dialects });
  const several = { acme: ACME, 'sharp-osa': ACME };

  test.each([
    [file(), undefined, 'f has no dialects; name a shipped one with --dialect'],
    [file(several), undefined, 'f has several dialects; name one with --dialect: acme, sharp-osa'],
    [
      file({ acme: ACME }),
      'nix',
      'there is no dialect "nix"; there are acme, sharp-osa, xerox-convenience-authentication',
    ],
  ])('%s asked for %s', (text, wanted, message) =>
    expect(() => mappingIn('f', text, wanted)).toThrow(new Error(message)),
  );

  const message = 'operations.LogIn[0].user is missing; a login says where its user stands';
  const wrong = { operations: { LogIn: [{ event: 'login' }] } };

  test.each([
    [JSON.stringify(wrong), message],
    [file({ acme: wrong }), `dialect "acme": ${message}`],
    ['{"operations": {}, "operations": {}}', '"operations" stands there twice'],
    ['{"operations": ', 'the realms file is not JSON: Unexpected end of JSON input at line 1, column 16'],
  ])('%s is refused', (text, message) =>
    expect(mappingIn('f', text)).toEqual({ file: 'f', findings: [{ level: 'error', message }], realms: [] }),
  );

  test('one of several can be asked for, and a shipped one goes by that of the file', () =>
    expect(mappingIn('f', file(several), 'sharp-osa')).toEqual({ name: 'sharp-osa', mapping: ACME }));
});

test.each([
  [['try', 'login.xml'], 'curfew: name a file with the dialect in it, or a shipped one with --dialect\n'],
  [['try', 'a', 'b', 'c'], 'curfew: one message is tried at a time: [file] <message>\n'],
])('what is wrong is said in one line: %j', (args, stderr) =>
  expect(dialect(args)).toMatchObject({ status: 1, stdout: '', stderr }),
);

test('a list of the dialects has those that are shipped, and those of a realms file in place of the same name', () => {
  const { stdout } = dialect(['list', 'several.json']);
  expect(stdout).toMatch(
    /^dialect +from +operations\nacme +several\.json +LogIn: login\nsharp-osa +several\.json +LogIn: login\n/,
  );
  expect(stdout).toMatch(/\nxerox-convenience-authentication +shipped +InitAuthenticationSession: no event, /);
});
