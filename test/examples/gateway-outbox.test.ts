/** What a gateway says later, because Curfew is unreachable just now. */
import { expect, test, vi } from 'vitest';
import { Outbox } from '../../examples/gateway/outbox.ts';
import { Misused, Unreachable } from '../../lib/client/station.ts';
import { VirtualTime } from '../client/virtual-time.ts';

function line() {
  const time = new VirtualTime();
  const failed = vi.fn();
  const outbox = new Outbox(failed, time.wait);
  const heard: string[] = [];
  const line = { isCut: false };
  const delivery = (what: string) => async () => {
    if (line.isCut) throw new Unreachable('cut');
    if (what === 'refused') throw new Misused('refused');
    heard.push(what);
    return `${what} heard`;
  };
  return { time, failed, outbox, heard, line, delivery };
}

test('what can be said is said at once', async () => {
  const { outbox, delivery } = line();
  const later = vi.fn();
  expect(await outbox.send(delivery('a'), later)).toBe('a heard');
  expect(later).not.toHaveBeenCalled();
});

test('what cannot waits, and so does what comes after it, until all of it is said in order', async () => {
  const { outbox, delivery, line: wire, heard, time } = line();
  const later = vi.fn();
  wire.isCut = true;
  expect(await outbox.send(delivery('a'), later)).toBeUndefined();
  await time.pass(5_000);
  wire.isCut = false;
  expect(await outbox.send(delivery('b'), later)).toBeUndefined();
  expect(heard).toEqual([]);
  await time.pass(1_000);
  expect(heard).toEqual(['a', 'b']);
  expect(later.mock.calls).toEqual([['a heard'], ['b heard']]);
  expect(outbox.length).toBe(0);
  expect(await outbox.send(delivery('c'), later)).toBe('c heard');
});

test('what is refused for good holds up nothing', async () => {
  const { outbox, delivery, line: wire, heard, time, failed } = line();
  wire.isCut = true;
  await outbox.send(delivery('refused'), vi.fn());
  await outbox.send(delivery('b'), vi.fn());
  wire.isCut = false;
  await time.pass(1_000);
  expect(heard).toEqual(['b']);
  expect(failed).toHaveBeenCalledExactlyOnceWith(expect.any(Misused));
});

test('what is refused at once is its sender’s to hear of', async () => {
  const { outbox, delivery } = line();
  await expect(outbox.send(delivery('refused'), vi.fn())).rejects.toThrow(Misused);
});
