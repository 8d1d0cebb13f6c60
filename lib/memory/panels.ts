/** Panels in memory. Keeps for ever: nothing reads when an item is collected as garbage. */
import { present } from '../present.ts';
import type { Occupant, Panel, PanelAnswer, Panels } from '../service/ports.ts';
import type { Latest } from '../session/seat.ts';
import type { EpochMs } from '../time.ts';

interface Kept extends Panel {
  /** The newest thing that the station dated. */
  readonly occurredAt?: EpochMs;
}

export function memoryPanels(): Panels {
  const panels = new Map<string, Kept>();

  return { occupy, read, leave, vacate };

  async function occupy({ realm, user, epoch }: Occupant, said: Latest): Promise<PanelAnswer> {
    await Promise.resolve();
    const panel = panels.get(said.station);
    if (knowsOfLater(panel, said)) return { won: false, current: panel?.occupant };
    panels.set(said.station, { ...newest(panel, said), occupant: copyOf({ realm, user, epoch }) });
    return { won: true, previous: panel?.occupant };
  }

  async function read(station: string): Promise<Panel> {
    await Promise.resolve();
    const { occurredAt: _, ...panel } = panels.get(station) ?? {};
    return panel;
  }

  async function leave(said: Latest, occupant: Occupant | undefined): Promise<boolean> {
    await Promise.resolve();
    const panel = panels.get(said.station);
    if (knowsOfLater(panel, said)) return false;
    panels.set(said.station, {
      ...newest(panel, said),
      left: { id: said.id, ...present({ occupant: occupant && copyOf(occupant) }) },
    });
    return true;
  }

  async function vacate(station: string, { realm, user, epoch }: Occupant): Promise<void> {
    await Promise.resolve();
    const { occupant, ...panel } = panels.get(station) ?? {};
    if (occupant?.realm === realm && occupant.user === user && occupant.epoch === epoch) panels.set(station, panel);
  }
}

const knowsOfLater = (panel: Kept | undefined, { occurredAt }: Latest): boolean =>
  occurredAt !== undefined && panel?.occurredAt !== undefined && panel.occurredAt > occurredAt;

const newest = (panel: Kept | undefined, { occurredAt }: Latest): Kept => ({ ...panel, ...present({ occurredAt }) });

/** Nobody shares it, and nothing more than an occupant is kept. */
const copyOf = (occupant: Occupant): Occupant =>
  Object.freeze({ realm: occupant.realm, user: occupant.user, epoch: occupant.epoch });
