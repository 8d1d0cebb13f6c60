/**
 * The ratios as an SVG: for each a dot at its median on a line from its least to its most, and a mark at its goal. Ratios
 * alone, since they are what carries over to another machine; each step to the right is twice as much. No script, no font
 * from elsewhere; light or dark as its reader prefers.
 */
import type { Figure, Goal } from './part.ts';
import { spreadOf } from './statistics.ts';
import { inDigits, isMet, type Measured, medianOf } from './table.ts';

const WIDTH = 860;
/** Room for the longest name. */
const LEFT = 380;
const RIGHT = 70;
const ROW = 22;
const HEADING = 34;
const PAD = 16;
/** Whatever is less stands at the left end: a sixteenth. */
const DOUBLINGS_MIN = -4;

const STYLE = `
    text { font: 12px system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; fill: #1f2933 }
    .h { font-size: 14px; font-weight: 600 } .n { text-anchor: end } .d { fill: #52606d; text-anchor: middle }
    .page { fill: #ffffff } .grid { stroke: #e1e6eb } .one { stroke: #9aa5b1 }
    .range { stroke: #2b5c8a; stroke-width: 2 } .median { fill: #2b5c8a } .missed { fill: #b3662c } .goal { stroke: #2f6f4f; stroke-width: 3 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e4e9ee } .d { fill: #a6b2be }
      .page { fill: #14191f } .grid { stroke: #2a313a } .one { stroke: #616e7c }
      .range { stroke: #7fb3e0 } .median { fill: #7fb3e0 } .missed { fill: #e0a06a } .goal { stroke: #7cc49a }
    }`;

/** Of every figure whose unit is `ratio`, under what its name begins with, or that of its part. */
export function chartOf(parts: readonly Measured[]): string {
  const groups = new Map<string, { readonly label: string; readonly figure: Figure }[]>();
  for (const { name: part, figures } of parts) {
    for (const figure of figures.filter(({ unit }) => unit === 'ratio')) {
      const [label = '', ...before] = figure.name.split(' / ').reverse();
      const heading = [part, ...before.reverse()].join(', ');
      groups.set(heading, [...(groups.get(heading) ?? []), { label, figure }]);
    }
  }
  const shown = [...groups.values()].flat().flatMap(({ figure }) => [...figure.values, bound(figure.goal) ?? 1]);
  const doublings = shown.map((ratio) => Math.max(DOUBLINGS_MIN, Math.log2(ratio)));
  const first = Math.floor(Math.min(-1, ...doublings));
  const last = Math.ceil(Math.max(1, ...doublings));
  const step = (WIDTH - LEFT - RIGHT) / (last - first);
  const x = (ratio: number) => Number((LEFT + (Math.max(first, Math.log2(ratio)) - first) * step).toFixed(1));

  const body: string[] = [];
  let y = PAD;
  for (const [heading, rows] of groups) {
    body.push(`<text class="h" x="${PAD}" y="${y + 20}">${escaped(heading)}</text>`);
    y += HEADING;
    for (const { label, figure } of rows) {
      body.push(row(label, figure, x, y));
      y += ROW;
    }
  }
  const ticks = Array.from({ length: last - first + 1 }, (_, n) => 2 ** (first + n));
  const grid = ticks.map(
    (ratio) =>
      `<line class="${ratio === 1 ? 'one' : 'grid'}" x1="${x(ratio)}" x2="${x(ratio)}" y1="${PAD}" y2="${y}"/>` +
      `<text class="d" x="${x(ratio)}" y="${y + 16}">${inDigits(ratio)}</text>`,
  );
  const height = y + 2 * PAD;
  const title = 'The ratios of the bench: range, median and goal of each';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    ...grid,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function row(label: string, figure: Figure, x: (ratio: number) => number, y: number): string {
  const { min, median, max } = spreadOf(figure.values);
  const goal = bound(figure.goal);
  const middle = y + ROW / 2;
  return [
    `<text class="n" x="${LEFT - 12}" y="${middle + 4}">${escaped(label)}</text>`,
    `<line class="range" x1="${x(min)}" x2="${x(max)}" y1="${middle}" y2="${middle}"/>`,
    ...(goal === undefined
      ? []
      : [`<line class="goal" x1="${x(goal)}" x2="${x(goal)}" y1="${middle - 8}" y2="${middle + 8}"/>`]),
    `<circle class="${isMet(figure) ? 'median' : 'missed'}" cx="${x(median)}" cy="${middle}" r="5"/>`,
    `<text x="${WIDTH - RIGHT + 14}" y="${middle + 4}">${medianOf(figure)}</text>`,
  ].join('');
}

const bound = (goal: Goal | undefined): number | undefined => goal && ('atMost' in goal ? goal.atMost : goal.atLeast);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
