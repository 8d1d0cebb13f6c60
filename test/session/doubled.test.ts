/** Writes that the SDK sends twice: nobody is told anything else, and nothing else is announced. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { announcementOf, chains, histories, play, playOut, SWEEPING } from '../support/histories.ts';
import { World } from '../support/world.ts';

const RUNS = 120;
const WITHIN_MS = 60_000;

const told = (world: World) =>
  [...chains(world.announced)].map(([handle, entries]) => [handle, entries.map(announcementOf)]);

test.each(['never', 'by timers'] as const)(
  'a history in which each write is sent twice is answered, and announced, as one in which none is, with sweeps: %s',
  (sweeps) =>
    fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const once = await play(history, SWEEPING[sweeps]);
        const twice = await play(history, SWEEPING[sweeps], undefined, new World({ twice: true }));
        expect(twice.answers).toEqual(once.answers);
        for (const { world } of [once, twice]) await playOut(world);
        expect(told(twice.world)).toEqual(told(once.world));
      }),
      { numRuns: RUNS },
    ),
  WITHIN_MS,
);
