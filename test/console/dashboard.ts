/** The console's two functions on the ports in memory, and what a dashboard makes of their answers. */

import { randomUUID } from 'node:crypto';
import { createConsole, createEnding } from '../../lib/console/console.ts';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryMeter } from '../../lib/memory/meter.ts';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memoryRefusals } from '../../lib/memory/refusals.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { memoryStations } from '../../lib/memory/stations.ts';
import { memoryTrail } from '../../lib/memory/trail.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { createAudit, daysLong } from '../../lib/service/audit.ts';
import { createKeeper } from '../../lib/service/keeper.ts';
import { type Seats, TRAIL_DAYS } from '../../lib/service/ports.ts';
import type { StationEvent } from '../../lib/session/commands.ts';
import { handleOf } from '../../lib/session/handle.ts';
import { nameOf } from '../../lib/session/seat.ts';
import type { StationEntry } from '../../lib/station/stations.ts';
import { fail, START } from '../support/world.ts';

export const WIDGET = 'arn:aws:lambda:eu-central-1:123456789012:function:curfew-console-widget';
export const END = 'arn:aws:lambda:eu-central-1:123456789012:function:curfew-console-end';
const SHARDS = 4;
const { realms } = readRealms(
  JSON.stringify({ realms: { campus: { profile: 'release-station', lease: '10m' }, bi: { profile: 'enterprise' } } }),
);

/** One part of the world differs. */
export function world(differs: { readonly seats?: Partial<Seats> } = {}) {
  const seats: Seats = { ...memorySeats({ shards: SHARDS }), ...differs.seats };
  const [panels, history, stations] = [memoryPanels(), memoryHistory(), memoryStations()];
  const refusals = memoryRefusals();
  const clock = { now: START };
  const keeper = createKeeper(
    { seats, panels, history, timers: { arm: async () => {} }, meter: memoryMeter(), clock: () => clock.now },
    { shards: SHARDS },
  );
  const trail = memoryTrail();
  const audited: object[] = [];
  const complaints: string[] = [];
  const parts = {
    seats,
    panels,
    history,
    refusals,
    stations,
    keeper,
    realms,
    shards: SHARDS,
    shardsEver: SHARDS,
    end: END,
    clock: () => clock.now,
    complain: (message: string) => void complaints.push(message),
    trail,
    trailKeptFor: daysLong(TRAIL_DAYS),
    audit: createAudit({
      trail,
      realms,
      clock: () => clock.now,
      keptFor: daysLong(TRAIL_DAYS),
      log: (did) => void audited.push(did),
      complain: (message: string) => void complaints.push(message),
      newId: randomUUID,
    }),
  };
  const show = createConsole(parts);
  const ending = createEnding(parts);
  let deliveries = 0;

  return {
    clock,
    history,
    refusals,
    audit: parts.audit,
    audited,
    complaints,
    show: (event: object = {}) => show(event, WIDGET),
    end: (event: object, requestId = 'request-1') => ending(event, requestId),
    station: (id: string, entry: Partial<StationEntry> = {}) =>
      stations.put(
        {
          id,
          realm: 'campus',
          kind: 'pinging',
          name: id,
          location: '',
          reportsActivity: false,
          proof: 'bearer',
          ...entry,
        },
        clock.now,
      ),
    /** Resolves to the session's handle. */
    tell: async (id: string, type: StationEvent['type'], said: Partial<StationEvent> = {}): Promise<string> => {
      const station = (await stations.read(id)) ?? fail(`no station ${id}`);
      const policy = realms.get(station.realm) ?? fail('no policy');
      const answer = await keeper.hear({ type, station, policy, now: clock.now, id: `d-${++deliveries}`, ...said });
      return 'seat' in answer && answer.seat !== undefined ? handleOf(nameOf(answer.seat)) : fail(answer.is);
    },
  };
}

/** As the dashboard's viewer has it. */
export const seenBy = (context: object, event: object = {}) => ({
  ...event,
  widgetContext: {
    theme: 'light',
    width: 1_000,
    timezone: { label: 'UTC', offsetISO: '+00:00' },
    forms: { all: {} },
    ...context,
  },
});
export const filling = (form: object, event: object = {}) => seenBy({ forms: { all: form } }, event);

export const plain = (html: string): string =>
  html
    .replace(/<style>.*?<\/style>|<cwdb-action.*?<\/cwdb-action>|<svg.*?<\/svg>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

interface Action {
  readonly label: string;
  readonly endpoint: string;
  readonly says: { readonly [field: string]: unknown };
}

/** Every button with what it does, as CloudWatch reads it. */
export const actionsOf = (html: string): Action[] =>
  [...html.matchAll(/<button [^>]*>(.*?)<\/button><cwdb-action ([^>]*)>(.*?)<\/cwdb-action>/gs)].map(
    ([, face = '', attributes = '', says = '']) => ({
      label: face.replace(/<[^>]*>/g, ''),
      endpoint: /endpoint="([^"]*)"/.exec(attributes)?.[1] ?? '',
      says: JSON.parse(says),
    }),
  );
export const actionOf = (html: string, label: string): Action =>
  actionsOf(html).find((action) => action.label === label) ?? fail(`no button ${label} in ${plain(html)}`);

/** Elements and attributes, without what stands in them. */
export const skeletonOf = (html: string): string =>
  [...html.matchAll(/<(\/?[a-zA-Z][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g)]
    .map(([, name, attributes = '']) => `${name}${attributes.replace(/="[^"]*"/g, '')}`)
    .join(' ');

export const usersOf = (html: string): string[] =>
  [...html.matchAll(/<th scope="row"><button[^>]*><span[^>]*><bdi>([^<]*)</g)].map(([, user = '']) => user);
