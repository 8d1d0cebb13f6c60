/** docs/help-desk.md and docs/command.md show what the command prints today: `npx vitest run test/command -u` writes it anew. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectionTo, runCurfew } from '../support/command.ts';
import { useFunctions } from '../support/functions.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
/** As wide as the pages are read. */
const COLUMNS = 110;

const functions = useFunctions({ 'campus-print': { profile: 'release-station', lease: '30m' } });
const connection = connectionTo((method, path, body) => functions.operator(method, path, body ?? ''));

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-30T07:00:00Z') }));
afterAll(() => void vi.useRealTimers());

const atTime = (time: string, day = '2026-11-30') => vi.setSystemTime(new Date(`${day}T${time}Z`));
const station = (id: string, name: string, location: string) =>
  functions.register({ realm: 'campus-print', kind: 'hosted', name, location }, id);

/** By then what was refused at the help desk is forgotten. */
const DAY_AFTER = '2026-12-02';

/** The words of a line, as a shell takes them. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare = '']) => quoted ?? bare);

/** The page with what its commands print now; `done` follows each of them that it names. */
async function refilled(page: string, done: Readonly<Record<string, () => Promise<unknown>>> = {}): Promise<string> {
  const parts = page.split(/(```\n\$ npx curfew [\s\S]*?```)/);
  for (const [n, part] of parts.entries()) {
    if (!part.startsWith('```\n$ npx curfew ') || NOT_RUN.test(part)) continue;
    const commands = part.split('\n').filter((line) => line.startsWith('$ npx curfew '));
    const told: string[] = [];
    for (const command of commands) {
      const { printed, said } = await runCurfew(connection, wordsOf(command).slice(3), { columns: COLUMNS });
      told.push([command, ...(printed === '' ? said.map((line) => `curfew: ${line}`) : [printed])].join('\n'));
      const [, , , group = '', name = ''] = wordsOf(command);
      await done[`${group} ${name}`]?.();
    }
    parts[n] = `\`\`\`\n${told.join('\n\n')}\n\`\`\``;
  }
  return parts.join('');
}

/** What goes on until it is stopped, what asks, and what is told elsewhere. */
const NOT_RUN = /\$ npx curfew (?:watch|audit|users forget)/;

describe('what stands in docs is what the command prints', () => {
  test('at the help desk', async () => {
    atTime('07:30:00');
    const first = await station('cp-01', 'Library 1', 'Ground floor');
    const fifth = await station('cp-05', 'Library 5', 'First floor, by the stairs');
    const seventh = await station('cp-07', 'Law faculty', 'Room 0.14');
    atTime('08:20:00');
    await functions.say(first, 'login', { user: 'cleo.meyer' });
    atTime('08:41:10');
    await functions.say(first, 'logout');
    await functions.journal();
    atTime('08:55:00');
    await functions.say(first, 'login', { user: 'vera.meyer' });
    atTime('09:05:00');
    await functions.say(fifth, 'login', { user: 'ben' });
    atTime('09:06:30');
    await functions.say(fifth, 'logout');
    await functions.journal();
    atTime('09:08:00');
    await functions.say({ ...seventh, key: 'cfk_not-the-one-that-is-registered' }, 'login', { user: 'ana' });
    atTime('09:11:20');
    await functions.say(fifth, 'login', { user: 'vera.meyer' });
    atTime('09:12:00');
    const page = readFileSync(`${DOCS}help-desk.md`, 'utf8');
    const told = await refilled(page, {
      'sessions end': async () => {
        await functions.journal();
        atTime('09:12:40');
        await functions.say(fifth, 'login', { user: 'vera.meyer' });
        atTime('09:13:00');
      },
    });
    await expect(told).toMatchFileSnapshot(`${DOCS}help-desk.md`);
  });

  test('of the command', async () => {
    atTime('21:10:00', DAY_AFTER);
    for (const id of ['cp-01', 'cp-05', 'cp-07']) await functions.operator('DELETE', `/v1/stations/${id}`);
    const fifth = await station('cp-05', 'Library 5', 'Second floor');
    await functions.operator('POST', '/v1/stations/cp-05/key', { rotate: '0s' });
    atTime('21:39:36', DAY_AFTER);
    const lib = await station('lib-1', 'Library 1', 'Ground floor');
    const second = await station('lib-2', 'Library 2', 'First floor');
    atTime('21:39:43', DAY_AFTER);
    await functions.say(lib, 'login', { user: 'ana' });
    atTime('21:39:44', DAY_AFTER);
    await functions.say(second, 'login', { user: 'ben' });
    atTime('21:39:55', DAY_AFTER);
    const told = await refilled(readFileSync(`${DOCS}command.md`, 'utf8'), {
      'explain ana': async () => {
        await functions.say(fifth, 'login', { user: 'vera.king' });
        atTime('21:57:55', DAY_AFTER);
      },
      'sessions end': async () => {
        atTime('21:58:05', DAY_AFTER);
        await functions.say(lib, 'login', { user: 'ana' });
        atTime('21:58:15', DAY_AFTER);
      },
    });
    await expect(told).toMatchFileSnapshot(`${DOCS}command.md`);
  });
});
