/**
 * How long a seat stays shut whose holder has died: its station says nothing any more, and somebody else is waiting. What
 * is counted begins at the deadline, the end of the lease; each round is at the same time as the others.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamoClient } from '../lib/aws/clients.ts';
import { durationMs } from '../lib/time.ts';
import { createTableWithoutStream, type Engines, openEngines, putAll } from './engine.ts';
import type { Figure, Options, Part, Report } from './part.ts';
import { bundleStationFunction, TABLE } from './peers/curfew.ts';
import { createLocks, createLockTable } from './peers/lock-client.ts';
import { holderAt, panelAt, REALM, seatDigits, takeLikeness } from './seats.ts';
import { inSilence } from './silence.ts';

const LEASE = durationMs(8_000);
/** The other one looks when most of the lease is over, as whoever comes to a printer that is being used does. */
const LOOKS_AFTER_MS = 6_000;
/** Rounds do not begin in one instant, or they would wait for each other. */
const APART_MS = 150;

const REALMS_JSON = JSON.stringify({
  realms: { [REALM]: { profile: 'release-station', idle: '2s', lease: '8s', job: 'off', sweep: '1s' } },
});

export const death: Part = {
  name: 'death',
  about: 'A holder says nothing any more: from the end of its lease until the next one has the seat.',
  run: async (options, report) => {
    const engines = await openEngines(0);
    try {
      await engines.renew();
      return await measure(engines, options, report);
    } finally {
      await engines.stop();
    }
  },
};

async function measure(engines: Engines, { rounds }: Options, report: Report): Promise<Figure[]> {
  const seats = Array.from({ length: rounds }, (_, round) => seatDigits(round));
  report(`${rounds} leases of ${LEASE / 1_000} s, side by side`);
  const each = <T>(act: (seat: string) => Promise<T>) =>
    Promise.all(seats.map((seat, round) => sleep(round * APART_MS).then(() => act(seat))));
  const ours = await createOurs(engines, rounds);
  const theirs = await createTheirs(engines);
  const [successions, waits] = await inSilence(() => Promise.all([each(ours.succeed), each(theirs.succeed)]));
  ours.close();
  theirs.close();
  const beside = `the next one comes ${LOOKS_AFTER_MS / 1_000} s into a lease of ${LEASE / 1_000} s`;
  return [
    {
      name: 'Curfew / from the instant it was told until it has the seat',
      unit: 'ms',
      values: successions.map(({ afterTold }) => afterTold),
      beside: 'one request, sent when the refusal said',
    },
    {
      name: 'Curfew / requests from that instant on',
      unit: 'requests',
      values: successions.map(({ requests }) => requests),
      goal: { atMost: 1 },
    },
    {
      name: 'Curfew / from the deadline until it has the seat',
      unit: 'ms',
      values: successions.map(({ afterDeadline }) => afterDeadline),
      beside: `${beside}; 2 s are the margin for clocks, whatever the lease`,
    },
    {
      name: 'dynamodb-lock-client / from the deadline until it has the lock',
      unit: 'ms',
      values: waits,
      beside: `${beside}, and then watches a whole one`,
    },
  ];
}

async function createOurs({ near }: Engines, rounds: number) {
  const client = dynamoClient({ ...near.dynamodb });
  const likeness = await takeLikeness(near.dynamodb, 'likeness');
  await createTableWithoutStream(client, TABLE);
  const items = Array.from({ length: rounds + 1 }, (_, seat) => likeness.items(seat)).flat();
  // Whoever holds a seat there does so by another policy.
  await putAll(
    client,
    TABLE,
    items.filter(({ pk }) => pk?.S?.startsWith('user#') !== true),
  );
  client.destroy();
  const functions = await bundleStationFunction(REALMS_JSON);
  const container = await functions.start(near, async (started) => {
    const digits = seatDigits(rounds);
    await inSilence(() => started.say(panelAt(digits, 'a'), 'login', { user: holderAt(digits) }));
  });

  return { succeed, close: functions.close };

  async function succeed(seat: string) {
    const user = holderAt(seat);
    const logIn = (panel: 'b' | 'c') => container.say(panelAt(seat, panel), 'login', { user });
    const opened = await logIn('b');
    if (opened.status !== 201) throw new Error(`Curfew: ${opened.status} ${JSON.stringify(opened.body)}`);
    await sleep(LOOKS_AFTER_MS);
    const refused = await logIn('c');
    if (refused.status !== 409) throw new Error(`Curfew: ${refused.status} ${JSON.stringify(refused.body)}`);
    const toldAt = Date.parse(refused.body.holders?.[0]?.freeAt ?? '');
    await until(toldAt);
    let requests = 1;
    while ((await logIn('c')).status !== 201) requests++;
    const now = Date.now();
    const deadlineAt = Date.parse(opened.body.heardAt ?? '') + LEASE;
    return { afterTold: now - toldAt, afterDeadline: now - deadlineAt, requests };
  }
}

async function createTheirs({ near }: Engines) {
  await createLockTable(near.dynamodb);
  const holders = createLocks(near.dynamodb, { leaseDurationMs: LEASE });
  const others = createLocks(near.dynamodb, { leaseDurationMs: LEASE });

  return {
    /** From the end of the dead one's lease, in ms. */
    succeed: async (id: string): Promise<number> => {
      await holders.acquire(id);
      const deadlineAt = Date.now() + LEASE;
      await sleep(LOOKS_AFTER_MS);
      await others.acquire(id);
      return Date.now() - deadlineAt;
    },
    close: () => {
      holders.close();
      others.close();
    },
  };
}

/** A timer may fire a little early. */
async function until(at: number): Promise<void> {
  for (let left = at - Date.now(); left > 0; left = at - Date.now()) await sleep(left);
}
