/**
 * Announcing: takes what the table's stream says has changed to history, to the panels and to the bus. Everything here
 * may be done again: history keeps a session once, and an event carries an id by which its readers know a repeat.
 */
import { assertNever } from '../assert.ts';
import { type Entry, journalOf } from '../session/journal.ts';
import { brokenLaws } from '../session/laws.ts';
import { type Realms, retentionOf } from '../session/policy.ts';
import type { Past, Seat } from '../session/seat.ts';
import { after, type EpochMs, since } from '../time.ts';
import { clearPanel } from './panel.ts';
import { type Bus, type History, type Meter, type Panels, Unavailable } from './ports.ts';

export interface AnnouncePorts {
  readonly history: History;
  readonly panels: Panels;
  readonly bus: Bus;
  readonly meter: Meter;
  /** Told of each write that broke a law of seats: that is a fault of Curfew's own. */
  readonly complain: (message: string, error: unknown) => void;
}

/** One change of one seat's item, as the stream tells it. `id` is the stream's own name for it. */
export interface SeatChange {
  readonly id: string;
  readonly old: Seat | undefined;
  readonly now: Seat | undefined;
}

/**
 * Announces the changes in their order. Returns the ids of those that the bus did not take: the stream goes on from the
 * first of them, so that everything behind it comes again too. Throws `Unavailable` where history does not take them.
 */
export async function announce(
  ports: AnnouncePorts,
  realms: Realms,
  changes: readonly SeatChange[],
  now: EpochMs,
): Promise<readonly string[]> {
  const entriesOf = ({ old, now }: SeatChange) => journalOf(old, now);
  const entries = changes.flatMap((change) => entriesOf(change).map((entry) => ({ entry, id: change.id })));
  const endings = entries.flatMap(({ entry }) => (entry.type === 'ended' ? [entry] : []));

  // History before the bus: whoever hears of an end can look it up.
  const keepUntil = (entry: Entry) => after(entry.at, retentionOf(realms, entry.name.realm));
  if (endings.length > 0) await ports.history.keep(endings.map((past) => ({ past, keepUntil: keepUntil(past) })));
  const [{ failed }] = await Promise.all([
    entries.length === 0 ? { failed: [] } : ports.bus.announce(entries.map(({ entry }) => entry)),
    vacatePanels(ports, endings),
  ]);

  const lost = new Set(failed);
  const failedIds = entries.filter(({ entry }) => lost.has(entry)).map(({ id }) => id);
  // What comes again is counted then, all that one change says included.
  const comesAgain = changes.findIndex(({ id }) => id === failedIds[0]);
  for (const change of comesAgain === -1 ? changes : changes.slice(0, comesAgain)) {
    for (const entry of entriesOf(change)) count(ports.meter, entry, now);
    holdToLaws(ports, realms, change);
  }
  return failedIds;
}

function holdToLaws({ meter, complain }: AnnouncePorts, realms: Realms, { id, old, now }: SeatChange): void {
  if (now === undefined) return;
  const { realm } = now.key;
  for (const law of brokenLaws(old, now, realms.get(realm)?.sweepMs ?? 'any')) {
    meter.add('BrokenLaw', 1, { realm });
    complain(`change ${id} of the table breaks a law of seats`, new Error(law));
  }
}

/** Beside the bus: who is on a panel is only a hint, and holds back nothing that people wait to hear of. */
async function vacatePanels({ panels, meter }: AnnouncePorts, endings: readonly Past[]): Promise<void> {
  const left = endings.filter(({ session }) => session.onPanel);
  await Promise.all(
    left.map(async ({ name, session, ended }) => {
      try {
        await clearPanel(panels, session.station, name, ended.reason);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        meter.add('PanelNotVacated', 1);
      }
    }),
  );
}

function count(meter: Meter, entry: Entry, now: EpochMs): void {
  const { realm } = entry.name;
  switch (entry.type) {
    case 'opened':
      meter.add('SessionOpened', 1, { realm });
      break;
    case 'resumed':
      meter.add('SessionResumed', 1, { realm, reason: entry.from });
      break;
    case 'lingering':
    case 'invalidated':
    case 'remembered':
      if (entry.type === 'invalidated') meter.add('SessionInvalidated', 1, { realm, reason: entry.by });
      meter.add('AnnouncedLateMs', since(entry.at, now), { realm });
      break;
    case 'ended':
      meter.add('SessionEnded', 1, { realm, reason: entry.ended.reason });
      if (entry.ended.reason === 'taken-over') meter.add('TakenOver', 1, { realm });
      meter.add('AnnouncedLateMs', since(entry.at, now), { realm });
      break;
    default:
      assertNever(entry);
  }
}
