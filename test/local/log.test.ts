import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Log, type LogOptions, START } from '../../lib/local/log.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const temporaryDirectory = useTemporaryDirectories();
const logs: Log[] = [];
afterEach(async () => {
  for (const log of logs.splice(0)) await log.close();
});

const newFile = () => join(temporaryDirectory(), 'log.ndjson');

async function open(file: string, options: Partial<LogOptions> = {}) {
  const said: string[] = [];
  const log = await Log.open({ file, say: (line) => void said.push(line), ...options });
  logs.push(log);
  return { log, said };
}

const namesSince = async (log: Log, number: number) => (await log.since(number)).map(({ name }) => name);

test('entries come back in their order, numbered from 1, in this run and the next', async () => {
  const file = newFile();
  const { log } = await open(file);
  const numbers = await Promise.all([log.append([{ name: 'a' }, { name: 'b' }]), log.append([{ name: 'c' }])]);
  expect(numbers).toEqual([2, 3]);
  await log.close();
  const next = await open(file);
  expect(next.log.last).toBe(3);
  expect(await next.log.append([{ name: 'd' }])).toBe(4);
  expect(await next.log.since(1)).toEqual([
    { number: 2, name: 'b' },
    { number: 3, name: 'c' },
    { number: 4, name: 'd' },
  ]);
  expect(next.said).toEqual([]);
});

describe('a file that is long enough', () => {
  const long = 'x'.repeat(100);

  test('becomes the old one, in the place of the one before: there are never more than two', async () => {
    const file = newFile();
    const { log } = await open(file, { bytesMax: 1_000 });
    for (let n = 1; n <= 100; n += 1) await log.append([{ name: n, long }], { flush: false });
    expect(statSync(file).size + statSync(`${file}.old`).size).toBeLessThan(2_500);
    const kept = await namesSince(log, 0);
    expect(kept.at(-1)).toBe(100);
    expect(kept.length).toBeLessThan(20);
    await log.close();
    const next = await open(file);
    expect(next.log.last).toBe(100);
    expect(await namesSince(next.log, 0)).toEqual(kept);
  });

  test('grows on while the old one is needed', async () => {
    let isNeeded = true;
    const { log } = await open(newFile(), { bytesMax: 500, mayForget: (before) => before === 1 || !isNeeded });
    const append = async () => {
      for (let n = 0; n < 50; n += 1) await log.append([{ long }], { flush: false });
    };
    await append();
    expect(await log.since(0)).toHaveLength(50);
    expect(log.size).toBeGreaterThan(4_000);
    isNeeded = false;
    await append();
    expect(log.size).toBeLessThan(700);
  });

  test('is read to its end by a reader who was in it when it became the old one', async () => {
    const { log } = await open(newFile(), { bytesMax: 300 });
    await log.append([
      { name: 'a', long },
      { name: 'b', long },
    ]);
    const { entries, place } = await log.page(START);
    await log.append([{ name: 'c', long }]);
    await log.append([{ name: 'd', long }]);
    const read = [...entries];
    for (let page = await log.page(place); page.entries.length > 0; page = await log.page(page.place)) {
      read.push(...page.entries);
    }
    expect(read.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });
});

test('a reader takes long logs page by page, and a line that is longer than a page', async () => {
  const { log } = await open(newFile());
  await log.append([{ name: 'long', text: 'x'.repeat(600_000) }]);
  await log.append(Array.from({ length: 5_000 }, (_, n) => ({ name: n, text: 'x'.repeat(100) })));
  const page = await log.page(START);
  expect(page.entries[0]?.name).toBe('long');
  expect(page.entries.length).toBeLessThan(5_000);
  expect(await namesSince(log, 1)).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
});

describe('a record that was cut short', () => {
  test('by a crash is set aside when the log is opened, and named in one line', async () => {
    const file = newFile();
    const first = await open(file);
    await first.log.append([{ name: 'a' }, { name: 'b' }]);
    await first.log.close();
    truncateSync(file, statSync(file).size - 5);
    const { log, said } = await open(file);
    expect(said).toEqual([
      `${file}: 1 record that is not whole is set aside in log.ndjson.damaged; the other 1 are kept`,
    ]);
    expect(readFileSync(`${file}.damaged`, 'utf8')).toBe('{"number":2,"name":\n');
    expect(await log.append([{ name: 'c' }])).toBe(2);
    expect(await namesSince(log, 0)).toEqual(['a', 'c']);
  });

  test('by a disk that was full is taken back before the next is written', async () => {
    const file = newFile();
    const { log } = await open(file);
    await log.append([{ name: 'a' }]);
    const handle = await handleOf(log);
    const write = handle.writeFile;
    handle.writeFile = async (bytes: Buffer) => {
      appendFileSync(file, bytes.subarray(0, 12));
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    await expect(log.append([{ name: 'lost' }])).rejects.toThrow('no space');
    handle.writeFile = write;
    expect(await log.append([{ name: 'b' }])).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('{"number":1,"name":"a"}\n{"number":2,"name":"b"}\n');
  });

  test('in the middle takes none of the others with it', async () => {
    const file = newFile();
    writeFileSync(
      file,
      Buffer.from('{"number":1,"name":"a"}\n\xff\x00{"numb\n[]\n{"number":4,"name":"d"}\n', 'latin1'),
    );
    const { log, said } = await open(file);
    expect(said).toEqual([
      expect.stringMatching(/: 2 records that are not whole are set aside in .*; the other 2 are kept$/),
    ]);
    expect(await log.since(0)).toEqual([
      { number: 1, name: 'a' },
      { number: 4, name: 'd' },
    ]);
    expect(await log.append([{ name: 'e' }])).toBe(5);
  });
});

test('what an earlier version wrote without numbers gets some', async () => {
  const file = newFile();
  writeFileSync(file, '{"name":"a"}\n{"name":"b"}\n');
  const { log, said } = await open(file);
  expect(await log.since(1)).toEqual([{ number: 2, name: 'b' }]);
  expect(said).toEqual([]);
  expect(existsSync(`${file}.damaged`)).toBe(false);
});

test('a file that cannot be used starts nothing, and says what to do', async () => {
  const directory = temporaryDirectory();
  await expect(open(directory)).rejects.toThrow(
    `Cannot use ${directory} (EISDIR); let it be read and written, or move it away.`,
  );
});

/** What the log writes with. */
async function handleOf(_: Log) {
  const { open: openFile } = await import('node:fs/promises');
  const handle = await openFile('/dev/null');
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  return prototype as { writeFile: (bytes: Buffer) => Promise<void> };
}
