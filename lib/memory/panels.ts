/** Panels in memory. */
import type { Occupant, Occupied, Panels } from '../session/ports.ts';
import type { Latest } from '../session/session.ts';
import type { EpochMs } from '../time.ts';

interface Panel {
  readonly occupant?: Occupant;
  /** The newest thing that the station dated. */
  readonly occurredAt?: EpochMs;
}

export function memoryPanels(): Panels {
  const panels = new Map<string, Panel>();

  return { occupy, read, leave, vacate };

  async function occupy({ realm, user, epoch }: Occupant, said: Latest): Promise<Occupied> {
    await Promise.resolve();
    const panel = panels.get(said.station);
    if (knowsOfLater(panel, said)) return { won: false, current: panel?.occupant };
    panels.set(said.station, { ...newest(panel, said), occupant: Object.freeze({ realm, user, epoch }) });
    return { won: true, previous: panel?.occupant };
  }

  async function read(station: string): Promise<Occupant | undefined> {
    await Promise.resolve();
    return panels.get(station)?.occupant;
  }

  async function leave(said: Latest): Promise<void> {
    await Promise.resolve();
    const panel = panels.get(said.station);
    if (!knowsOfLater(panel, said)) panels.set(said.station, newest(panel, said));
  }

  async function vacate(station: string, { realm, user, epoch }: Occupant): Promise<void> {
    await Promise.resolve();
    const { occupant, ...panel } = panels.get(station) ?? {};
    if (occupant?.realm === realm && occupant.user === user && occupant.epoch === epoch) panels.set(station, panel);
  }
}

const knowsOfLater = (panel: Panel | undefined, { occurredAt }: Latest): boolean =>
  occurredAt !== undefined && panel?.occurredAt !== undefined && panel.occurredAt > occurredAt;

function newest(panel: Panel | undefined, said: Latest): Panel {
  const occurredAt = said.occurredAt ?? panel?.occurredAt;
  return occurredAt === undefined ? {} : { occurredAt };
}
