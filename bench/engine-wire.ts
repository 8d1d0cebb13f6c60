/** A process of `openEngines`: the wire before the engine, and the Scheduler near and far. Ends when it is told to. */
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../lib/local/address.ts';
import { listen } from '../lib/local/loopback.ts';
import { Scheduler } from '../lib/local/scheduler.ts';
import { schedulerEndpoint } from '../lib/local/scheduler-endpoint.ts';
import { systemClock } from '../lib/time.ts';
import type { WireReady, WireTask } from './engine.ts';

const { delayMs, wires, directory } = JSON.parse(process.argv[2] ?? '') as WireTask;

for (const { from, to } of wires) await holdBack(from, to);

const scheduler = await Scheduler.open({
  directory,
  clock: systemClock,
  targets: new Map(),
  onDeadLetter: async () => {},
});
const serve = schedulerEndpoint({ scheduler, clock: systemClock });
const nearScheduler = await listen(0, serve);
const farScheduler = await listen(0, async (request, response) => {
  await sleep(delayMs);
  await serve(request, response);
});

const ready: WireReady = { nearScheduler: nearScheduler.url, farScheduler: farScheduler.url };
process.send?.(ready);
// Whatever becomes of who started it, it does not stay behind.
process.once('disconnect', () => process.exit());

/** What is asked is held back by the whole round trip, what is answered not at all: their sum is what counts. */
async function holdBack(from: Address, to: Address): Promise<void> {
  const wire = createServer({ noDelay: true }, (near) => {
    const far = connect({ ...to, noDelay: true });
    near.on('data', (bytes) => setTimeout(() => far.writable && far.write(bytes), delayMs));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    // Whoever is at the other end learns of it by the end of the connection.
    for (const end of [near, far]) end.on('error', () => {});
    far.pipe(near);
  });
  await new Promise<void>((resolve) => wire.listen(from.port, from.host, resolve));
}
