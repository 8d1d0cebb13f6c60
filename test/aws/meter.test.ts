import { expect, test, vi } from 'vitest';
import { emfMeter } from '../../lib/aws/meter.ts';
import { memoryMeter } from '../../lib/memory/meter.ts';

function printed() {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  return () => {
    const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)));
    write.mockRestore();
    return lines;
  };
}

const definition = (dimensions: string[][], name: string, unit: string) => ({
  Timestamp: expect.any(Number),
  CloudWatchMetrics: [{ Namespace: 'Curfew/prod', Dimensions: dimensions, Metrics: [{ Name: name, Unit: unit }] }],
});

test('a count stands for itself', () => {
  const lines = printed();
  emfMeter('Curfew/prod').add('OpenSessions', 7);
  expect(lines()).toEqual([{ _aws: definition([[]], 'OpenSessions', 'Count'), OpenSessions: 7 }]);
});

test('a count of one realm and reason counts for the whole system too', () => {
  const lines = printed();
  emfMeter('Curfew/prod').add('SessionEnded', 1, { realm: 'campus-print', reason: 'idle' });
  expect(lines()).toEqual([
    {
      _aws: definition([[], ['realm', 'reason']], 'SessionEnded', 'Count'),
      realm: 'campus-print',
      reason: 'idle',
      SessionEnded: 1,
    },
  ]);
});

test('what one realm has open is told beside the total, and is no part of it', () => {
  const lines = printed();
  emfMeter('Curfew/prod').add('OpenSessions', 3, { realm: 'campus-print' });
  expect(lines()).toEqual([
    { _aws: definition([['realm']], 'OpenSessions', 'Count'), realm: 'campus-print', OpenSessions: 3 },
  ]);
});

test('a length of time is in milliseconds', () => {
  const lines = printed();
  emfMeter('Curfew/prod').add('AnnouncedLateMs', 1_234, { realm: 'campus-print' });
  expect(lines()).toEqual([
    {
      _aws: definition([[], ['realm']], 'AnnouncedLateMs', 'Milliseconds'),
      realm: 'campus-print',
      AnnouncedLateMs: 1_234,
    },
  ]);
});

test('nothing of one line is left for the next', () => {
  const lines = printed();
  const meter = emfMeter('Curfew/prod');
  meter.add('SessionEnded', 1, { realm: 'campus-print', reason: 'idle' });
  meter.add('OpenSessions', 7);
  expect(lines()[1]).toEqual({ _aws: definition([[]], 'OpenSessions', 'Count'), OpenSessions: 7 });
});

test('in memory, counts add up, of everything or of some', () => {
  const meter = memoryMeter();
  meter.add('SessionEnded', 2, { realm: 'a', reason: 'idle' });
  meter.add('SessionEnded', 1, { realm: 'a', reason: 'lease' });
  meter.add('SessionEnded', 4, { realm: 'b', reason: 'idle' });
  meter.add('SessionOpened', 8, { realm: 'a' });
  expect(meter.sum('SessionEnded')).toBe(7);
  expect(meter.sum('SessionEnded', { realm: 'a' })).toBe(3);
  expect(meter.sum('SessionEnded', { reason: 'idle' })).toBe(6);
  expect(meter.sum('SessionEnded', { realm: 'b', reason: 'lease' })).toBe(0);
});
