import { describe, expect, test } from 'vitest';
import { eventBridgeBus } from '../../lib/aws/bus.ts';
import { eventBridgeClient } from '../../lib/aws/clients.ts';
import { handleOf } from '../../lib/session/handle.ts';
import type { Entry } from '../../lib/session/journal.ts';
import { ana, at, NOON, session } from '../contract/sessions.ts';
import { useEndpoint } from './endpoint.ts';

const endpoint = useEndpoint();
const bus = () => eventBridgeBus(eventBridgeClient({ ...endpoint.config, maxAttempts: 1 }), 'curfew-sessions');

const opened = (n = 0): Entry => ({
  type: 'opened',
  at: NOON,
  name: { ...ana, epoch: NOON + n },
  session: session(),
  to: 'active',
});
const ended: Entry = {
  type: 'ended',
  at: at(20),
  name: { ...ana, epoch: NOON },
  session: session(),
  from: 'active',
  to: 'ended',
  ended: { at: at(20), reason: 'operator', by: 'operator:kim', note: 'left' },
};
const lingering = (minute: number): Entry => ({
  type: 'lingering',
  at: at(minute * 60),
  name: { ...ana, epoch: NOON },
  session: session(),
  from: 'active',
  to: 'lingering',
  by: 'idle',
});
const invalidated: Entry = { ...lingering(30), type: 'invalidated', from: 'lingering', to: 'failover', by: 'lease' };
const remembered: Entry = { ...lingering(60), type: 'remembered', from: 'failover', to: 'remembered', by: 'failover' };
const madeAnew: Entry = {
  type: 'resumed',
  at: at(40 * 60),
  name: { ...ana, epoch: at(40 * 60) },
  session: session({ openedAt: at(40 * 60), madeAnewOf: NOON, previousSeal: 'theFirst01', seal: 'theSecond2' }),
  from: 'failover',
  to: 'active',
  previous: { ...ana, epoch: NOON },
};
const many = (count: number) => Array.from({ length: count }, (_, n) => opened(n));

const taken = (entries: readonly object[]) => ({
  body: { FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: 'e' })) },
});

describe('an announcement', () => {
  test('says what became of which session, when, where and why, under an id that a repeat has too', async () => {
    endpoint.answer = ({ body }) => taken(body.Entries);
    expect(await bus().announce([opened(), ended])).toEqual({ failed: [] });
    const handle = handleOf(opened().name);
    const facts = {
      session: handle,
      realm: 'campus-print',
      user: 'ana',
      station: 'lib-1',
      epoch: NOON,
      openedAt: '2026-11-19T14:00:00.000Z',
    };
    const [first, second] = endpoint.asked[0]?.body.Entries ?? [];
    expect(first).toEqual({
      EventBusName: 'curfew-sessions',
      Source: 'curfew',
      DetailType: 'session.opened',
      Time: NOON / 1_000,
      Detail: JSON.stringify({ id: `${handle}#opened`, ...facts, at: '2026-11-19T14:00:00.000Z', newRung: 'active' }),
    });
    expect(second).toMatchObject({ DetailType: 'session.ended', Time: at(20) / 1_000 });
    expect(JSON.parse(second.Detail)).toEqual({
      id: `${handle}#ended`,
      ...facts,
      at: '2026-11-19T14:00:20.000Z',
      oldRung: 'active',
      newRung: 'ended',
      endedAt: '2026-11-19T14:00:20.000Z',
      reason: 'operator',
      by: 'operator:kim',
      note: 'left',
      allowCurrentJob: true,
    });
  });

  test('of a change of rung says which, and by which deadline; of a session made anew, which one it goes on from', async () => {
    endpoint.answer = ({ body }) => taken(body.Entries);
    const first = [lingering(20), invalidated, remembered].map((entry) => ({
      ...entry,
      session: session({ seal: 'theFirst01' }),
    }));
    await bus().announce([...first, madeAnew]);
    const events = endpoint.asked[0]?.body.Entries ?? [];
    const old = `${handleOf({ ...ana, epoch: NOON })}.theFirst01`;
    const handle = `${handleOf(madeAnew.name)}.theSecond2`;
    expect(events.map(({ DetailType }: { DetailType: string }) => DetailType)).toEqual([
      'session.lingering',
      'session.invalidated',
      'session.remembered',
      'session.resumed',
    ]);
    const facts = { realm: 'campus-print', user: 'ana', station: 'lib-1', openedAt: '2026-11-19T14:00:00.000Z' };
    const before = { session: old, epoch: NOON, ...facts };
    expect(events.map(({ Detail }: { Detail: string }) => JSON.parse(Detail))).toEqual([
      {
        id: `${old}#lingering#${at(20 * 60)}`,
        ...before,
        at: '2026-11-19T14:20:00.000Z',
        oldRung: 'active',
        newRung: 'lingering',
        reason: 'idle',
      },
      {
        id: `${old}#invalidated#${at(30 * 60)}`,
        ...before,
        at: '2026-11-19T14:30:00.000Z',
        oldRung: 'lingering',
        newRung: 'failover',
        reason: 'lease',
      },
      {
        id: `${old}#remembered#${at(60 * 60)}`,
        ...before,
        at: '2026-11-19T15:00:00.000Z',
        oldRung: 'failover',
        newRung: 'remembered',
        reason: 'failover',
      },
      {
        id: `${handle}#resumed#${at(40 * 60)}`,
        ...facts,
        session: handle,
        epoch: at(40 * 60),
        openedAt: '2026-11-19T14:40:00.000Z',
        at: '2026-11-19T14:40:00.000Z',
        oldRung: 'failover',
        newRung: 'active',
        previous: old,
      },
    ]);
  });

  test('of a session that lingers twice has another id each time', async () => {
    endpoint.answer = ({ body }) => taken(body.Entries);
    await bus().announce([lingering(20), lingering(50), lingering(20)]);
    const ids = endpoint.asked[0]?.body.Entries.map(({ Detail }: { Detail: string }) => JSON.parse(Detail).id);
    expect(new Set(ids).size).toBe(2);
    expect(ids[2]).toBe(ids[0]);
  });

  test('of nothing asks for nothing', async () => {
    expect(await bus().announce([])).toEqual({ failed: [] });
    expect(endpoint.asked).toEqual([]);
  });

  test('of many goes in batches of ten', async () => {
    endpoint.answer = ({ body }) => taken(body.Entries);
    expect(await bus().announce(many(25))).toEqual({ failed: [] });
    expect(endpoint.asked.map(({ body }) => body.Entries.length).sort()).toEqual([10, 10, 5]);
  });

  test('that was not taken is named, and the others were made', async () => {
    endpoint.answer = () => ({
      body: {
        FailedEntryCount: 1,
        Entries: [{ EventId: 'e' }, { ErrorCode: 'ThrottlingException' }, { EventId: 'e' }],
      },
    });
    const entries = many(3);
    expect((await bus().announce(entries)).failed).toEqual([entries[1]]);
  });

  test('that met a passing fault is named with its whole batch', async () => {
    endpoint.answer = ({ body }) =>
      body.Entries.length === 10 ? taken(body.Entries) : { status: 500, error: 'InternalException' };
    const entries = many(12);
    const { failed } = await bus().announce(entries);
    expect(failed).toEqual(entries.slice(10));
    // The very entries, so that the caller can tell them apart.
    expect(failed[0]).toBe(entries[10]);
  });

  test('that may not be made is a fault that asking again does not mend', async () => {
    endpoint.answer = () => ({ error: 'ResourceNotFoundException' });
    await expect(bus().announce([opened()])).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
