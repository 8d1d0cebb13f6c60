import { expect, test } from 'vitest';
import { health } from '../../lib/http/health.ts';
import { Unavailable } from '../../lib/service/ports.ts';
import { epochMs } from '../../lib/time.ts';

function asked() {
  const world = { now: 0, reads: 0, isDown: false };
  const answer = health({
    stations: {
      read: async () => {
        world.reads++;
        if (world.isDown) throw new Unavailable('stations');
        return undefined;
      },
    },
    clock: () => epochMs(world.now),
    version: '1.2.3+abc',
  });
  return { world, answer };
}

test('says which version answers', async () => {
  const { status, body } = await asked().answer();
  expect([status, JSON.parse(String(body))]).toEqual([200, { status: 'ok', version: '1.2.3+abc' }]);
});

test('looks at the table, once in five seconds however often it is asked', async () => {
  const { world, answer } = asked();
  for (world.now = 0; world.now < 12_000; world.now += 100) await answer();
  expect(world.reads).toBe(3);
});

test('is none while the table does not answer, and looks again at once', async () => {
  const { world, answer } = asked();
  world.isDown = true;
  await expect(answer()).rejects.toThrow(Unavailable);
  await expect(answer()).rejects.toThrow(Unavailable);
  world.isDown = false;
  expect((await answer()).status).toBe(200);
  expect(world.reads).toBe(3);
});
