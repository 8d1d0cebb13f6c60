/** Where the local system is found, and where its operator key does not go. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Misuse } from '../../lib/command/exit-codes.ts';
import { connectLocally } from '../../lib/command/local-connection.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const newDirectory = useTemporaryDirectories();

function dataOf(files: Readonly<Record<string, string>> = { 'operator-key': 'secret\n' }): string {
  const data = join(newDirectory(), '.curfew');
  mkdirSync(data);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(data, name), text);
  return data;
}

const port = '4600';

test('the running system has left its address and its key in its directory', () => {
  const data = dataOf({ 'operator-key': 'secret\n', url: 'http://127.0.0.1:4711' });
  const { where, options } = connectLocally({ data, port });
  expect(where).toBe(`http://127.0.0.1:4711, with the key of ${join(data, 'operator-key')}`);
  expect(options).toEqual(['--data', data]);
});

test('where it has left none it is looked for on the port on which npm start listens', () =>
  expect(connectLocally({ data: dataOf(), port }).where).toMatch(/^http:\/\/127\.0\.0\.1:4600, with/));

test('a key of one’s own goes to another machine by https', () => {
  const { where, options } = connectLocally({ url: 'https://curfew.example/', key: 'k', data: '.curfew', port });
  expect(where).toBe('https://curfew.example, with CURFEW_OPERATOR_KEY');
  expect(options).toEqual(['--url', 'https://curfew.example/']);
});

test.each([
  [
    { url: 'https://curfew.example' },
    /^https:\/\/curfew\.example is another machine, and the key of .+ is for this one/,
  ],
  [{ url: 'http://curfew.example', key: 'k' }, 'goes there by https only'],
  [{ url: 'http://127.0.0.1.example.org', key: 'k' }, 'goes there by https only'],
  [{ url: 'curfew' }, '"curfew" is no address of an API'],
  [{ url: 'ftp://127.0.0.1' }, 'is no address of an API'],
])('%j is refused', (options, why) => {
  const connect = () => connectLocally({ data: dataOf(), port, ...options });
  expect(connect).toThrow(Misuse);
  expect(connect).toThrow(why);
});

test('without a key it says where one would be', () =>
  expect(() => connectLocally({ data: dataOf({}), port })).toThrow(/^there is no operator key in .+: start Curfew/));
