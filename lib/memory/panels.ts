/** Panels in memory: what the law of panels says, over a map. Keeps for ever: nothing reads when an item is collected as garbage. */
import type { Panels } from '../service/ports.ts';
import { applyToPanel, EMPTY_PANEL, type Panel, panelMeets } from '../session/panel.ts';

export function memoryPanels(): Panels {
  const panels = new Map<string, Panel>();

  return {
    async read(station) {
      await Promise.resolve();
      return structuredClone(panels.get(station) ?? EMPTY_PANEL);
    },
    async write(station, { condition, change }) {
      await Promise.resolve();
      const panel = panels.get(station) ?? EMPTY_PANEL;
      if (!panelMeets(condition, panel)) return { won: false, panel: structuredClone(panel) };
      const next = structuredClone(applyToPanel(change, panel));
      panels.set(station, next);
      return { won: true, panel: structuredClone(next) };
    },
  };
}
