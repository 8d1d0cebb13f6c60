import { expect, test } from 'vitest';
import { after, DAY, durationMs, SECOND } from '../../lib/time.ts';
import { at, NOON } from '../contract/sessions.ts';
import { desk } from '../support/callers.ts';

test('a station is read once in five minutes, and then again', async () => {
  const { registry, reads, register } = desk();
  await register(NOON);
  for (const second of [0, 1, 299]) expect((await registry.find('lib-1', at(second)))?.id).toBe('lib-1');
  expect(reads).toHaveLength(1);
  await registry.find('lib-1', at(300));
  expect(reads).toHaveLength(2);
});

test('who can do with older knowledge, or needs newer, says so', async () => {
  const { registry, reads, register } = desk();
  await register(NOON);
  await registry.find('lib-1', NOON);
  await registry.find('lib-1', after(NOON, durationMs(DAY - SECOND)), DAY);
  expect(reads).toHaveLength(1);
  await registry.find('lib-1', NOON, durationMs(0));
  expect(reads).toHaveLength(2);
});

test('what does not exist is not remembered: a new station is known at once', async () => {
  const { registry, register } = desk();
  expect(await registry.find('lib-1', NOON)).toBeUndefined();
  await register(NOON);
  expect(await registry.find('lib-1', NOON)).toBeDefined();
});

test('to whoever has proven nothing, what does not exist costs as few reads as what does', async () => {
  const { registry, reads, register } = desk();
  await register(NOON);
  for (const second of [0, 1, 299]) {
    expect(await registry.recall('lib-1', at(second))).toBeDefined();
    expect(await registry.recall('nowhere', at(second))).toBeUndefined();
  }
  expect(reads.sort()).toEqual(['lib-1', 'nowhere']);
  await registry.recall('nowhere', at(300));
  expect(reads).toHaveLength(3);
});

test('a read that failed is not remembered', async () => {
  const { registry, stations, register } = desk();
  await register(NOON);
  const { read } = stations;
  stations.read = () => Promise.reject(new Error('down'));
  await expect(registry.find('lib-1', NOON)).rejects.toThrow('down');
  stations.read = read;
  expect(await registry.find('lib-1', NOON)).toBeDefined();
});

test('of very many stations the oldest are forgotten', async () => {
  const { registry, reads } = desk();
  for (let n = 0; n < 10_001; n += 1) await registry.recall(`station-${n}`, NOON);
  await registry.recall('station-10000', NOON);
  expect(reads).toHaveLength(10_001);
  await registry.recall('station-0', NOON);
  expect(reads).toHaveLength(10_002);
});
