import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openDataDirectory } from '../../lib/local/data.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

/** What another start does between this one's look at a process and its next step. */
const meanwhile = vi.hoisted(() => ({ act: undefined as (() => void) | undefined }));
vi.mock('../../lib/local/process-identity.ts', async (original) => {
  const actual = await original<typeof import('../../lib/local/process-identity.ts')>();
  const processIdentity = (pid: number) => {
    const identity = actual.processIdentity(pid);
    const { act } = meanwhile;
    meanwhile.act = undefined;
    act?.();
    return identity;
  };
  return { ...actual, processIdentity };
});
afterEach(() => {
  meanwhile.act = undefined;
});

const temporaryDirectory = useTemporaryDirectories();

/** A directory whose owner was killed. */
function leftBehind(): string {
  const data = temporaryDirectory();
  writeFileSync(join(data, 'lock.3'), JSON.stringify({ pid: process.pid, identity: 'of an earlier process' }));
  return data;
}

const TAKEN = /^Another Curfew \(process \d+\) runs on /;

/** At each of the first one's looks, the other one goes all the way. */
test.each([0, 1, 2, 3])('of two that start after a crash, one gets the directory (look %i)', (look) => {
  const data = leftBehind();
  const told: string[] = [];
  const start = (name: string) => {
    try {
      openDataDirectory(data);
      told.push(`${name} has it`);
    } catch (error) {
      expect(error instanceof Error && error.message).toMatch(TAKEN);
      told.push('refused');
    }
  };
  const after = (looks: number) => () => {
    if (looks === 0) start('the second');
    else meanwhile.act = after(looks - 1);
  };
  meanwhile.act = after(look);
  start('the first');
  expect(told.sort()).toEqual(['refused', expect.stringMatching(/has it$/)]);
});

test('a directory is free again once it was given back, and holds no trace of it', () => {
  const data = temporaryDirectory();
  const first = openDataDirectory(data);
  expect(() => openDataDirectory(data)).toThrow(TAKEN);
  first.release();
  const second = openDataDirectory(data);
  expect(() => openDataDirectory(data)).toThrow(TAKEN);
  second.release();
  expect(readdirSync(data)).toEqual([]);
});

test('what a killed owner left behind is gone with the next, even if the machine lost its content', () => {
  const data = leftBehind();
  writeFileSync(join(data, 'lock.4'), '');
  openDataDirectory(data);
  expect(readdirSync(data)).toEqual(['lock.5']);
});
