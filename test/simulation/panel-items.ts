/** Panels in memory, written once however often they are sent, and each write told to whoever watches. */
import { memoryPanels } from '../../lib/memory/panels.ts';
import type { Panels } from '../../lib/service/ports.ts';
import { EMPTY_PANEL, type Panel, type PanelAttempt } from '../../lib/session/panel.ts';
import type { Invocation, Sent } from './invocation.ts';

type Wrote = (invocation: Invocation, station: string, attempt: PanelAttempt, now: Panel) => void;

export class PanelItems {
  private readonly panels = memoryPanels();
  private readonly images = new Map<string, { readonly panel: Panel; readonly token: number }>();
  private readonly wrote: Wrote;

  constructor(wrote: Wrote) {
    this.wrote = wrote;
  }

  image(station: string): Panel {
    return this.images.get(station)?.panel ?? EMPTY_PANEL;
  }

  panelsFor(invocation: Invocation): Panels {
    return {
      read: (station) => this.panels.read(station),
      write: async (station: string, attempt: PanelAttempt, { token }: Sent = NOT_SENT) => {
        const known = this.images.get(station);
        if (known?.token === token) return { won: true, panel: known.panel };
        const written = await this.panels.write(station, attempt);
        if (written.won) {
          this.images.set(station, { panel: written.panel, token });
          this.wrote(invocation, station, attempt, written.panel);
        }
        return written;
      },
    };
  }
}

const NOT_SENT: Sent = { token: -1, nows: [] };
