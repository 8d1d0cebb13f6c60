/**
 * A session as a bar: the rungs from its opening to its end, each deadline as a tick, and now. Lengths are drawn by their
 * logarithm: a maximum of 12 hours would leave no room for a lease of minutes.
 */
import { descentOf } from '../session/ladder.ts';
import type { Ending, Rung, Session } from '../session/seat.ts';
import { type EpochMs, earliest, latest, SECOND, since } from '../time.ts';
import { clockTime, fromNow, type Viewed } from './instants.ts';
import { html, type Markup } from './markup.ts';
import { REASON_WORDS, RUNG_WORDS } from './words.ts';

interface Span {
  readonly rung: Rung;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

interface Mark {
  readonly at: EpochMs;
  readonly what: string;
}

/** The session's instants by name, earliest first; what falls on one instant is one mark. */
export function marksOf(session: Session, ended: Ending | undefined): readonly Mark[] {
  const { openedAt, heardAt, deadlines } = session;
  const { idleAt, lingerAt, leaseAt, maximumAt, jobAt } = deadlines;
  const ahead: readonly [string, EpochMs | undefined][] = [
    ['idle too long', idleAt ?? lingerAt],
    ['silent too long', leaseAt],
    ['job too long', jobAt],
    ['longest stay', maximumAt],
    ...descentOf(deadlines)
      .filter(({ by }) => by === 'failover' || by === 'logon-token')
      .map(({ by, at }): [string, EpochMs] => [by === 'failover' ? 'no way back' : 'logon forgotten', at]),
  ];
  const named: readonly [string, EpochMs | undefined][] = [
    ['opened', openedAt],
    ...(heardAt > openedAt ? [['last heard', heardAt] as const] : []),
    ...(ended === undefined ? ahead : [[`ended: ${REASON_WORDS[ended.reason]}`, ended.at] as const]),
  ].map(([what, at]) => [what as string, at as EpochMs | undefined]);
  const byInstant = new Map<EpochMs, string>();
  for (const [what, at] of named) {
    if (at === undefined) continue;
    const known = byInstant.get(at);
    byInstant.set(at, known === undefined ? what : `${known}, ${what}`);
  }
  return [...byInstant].map(([at, what]) => ({ at, what })).sort((a, b) => a.at - b.at);
}

function spansOf({ openedAt, deadlines }: Session, ended: Ending | undefined, last: EpochMs): readonly Span[] {
  const steps = [{ rung: 'active' as Rung, at: openedAt }, ...descentOf(deadlines)];
  return steps.flatMap(({ rung, at }, n): Span[] => {
    const until = earliest(steps[n + 1]?.at ?? last, ended?.at ?? last);
    return until > at ? [{ rung, from: at, until }] : [];
  });
}

/** Where an instant lies across a picture: between two marks evenly, and from mark to mark by the logarithm of the time. */
function scaleOf(instants: readonly EpochMs[], left: number, right: number): (at: EpochMs) => number {
  const sorted = [...new Set(instants)].sort((a, b) => a - b);
  const stretches = sorted.slice(1).map((until, n) => {
    const from = sorted[n] ?? until;
    return { from, until, weight: 1 + Math.log2(1 + since(from, until) / (5 * SECOND)) };
  });
  const total = stretches.reduce((sum, { weight }) => sum + weight, 0);
  return (at) => {
    let passed = 0;
    for (const { from, until, weight } of stretches) {
      if (at < until) {
        passed += weight * Math.max(0, (at - from) / (until - from));
        break;
      }
      passed += weight;
    }
    return round(left + ((right - left) * passed) / (total || 1));
  };
}

const round = (x: number): number => Math.round(x * 10) / 10;

/** What the picture says, in words. */
function described(marks: readonly Mark[], viewed: Viewed): string {
  const told = marks.map(({ what, at }) => `${what} ${clockTime(at, viewed)} (${fromNow(at, viewed.now)})`);
  return `${told.join('; ')}; now ${clockTime(viewed.now, viewed)}`;
}

const SWATCHES: readonly (readonly [Rung, string])[] = [
  ['active', RUNG_WORDS.active],
  ['lingering', RUNG_WORDS.lingering],
  ['failover', 'seat lost, may come back'],
  ['ended', RUNG_WORDS.ended],
];

/** What the colours and marks of a bar mean. */
export const legend = (): Markup =>
  html`<ul class="legend" aria-label="What the bars show">${SWATCHES.map(
    ([rung, words]) =>
      html`<li><svg width="18" height="12" aria-hidden="true"><rect class="s-${rung}" x="1" y="1" width="16" height="10"/></svg>${words}</li>`,
  )}<li><svg width="6" height="14" aria-hidden="true"><path class="tick" d="M3 0V14"/></svg>a limit</li><li><svg width="10" height="14" aria-hidden="true"><path class="now" d="M5 2V14"/><path class="now-mark" d="M1 0h8l-4 5z"/></svg>now</li><li>Short times are drawn larger than long ones.</li></ul>`;

interface Bar {
  readonly session: Session;
  readonly ended: Ending | undefined;
  readonly viewed: Viewed;
}

/** One row's: no words but those for whoever does not see it. */
export function smallBar({ session, ended, viewed }: Bar): Markup {
  const marks = marksOf(session, ended);
  const x = scaleOf(
    marks.map(({ at }) => at),
    4,
    SMALL_WIDTH - 4,
  );
  return html`<svg width="${SMALL_WIDTH}" height="22" viewBox="0 0 ${SMALL_WIDTH} 22" role="img" aria-label="${described(marks, viewed)}">${[
    ...spans(session, ended, marks, x, 6, 10),
    ...marks.map(({ at }) => html`<path class="tick" d="M${x(at)} 4V18"/>`),
    ended === undefined && nowAt(x(viewed.now), 2, 20),
  ]}</svg>`;
}

const SMALL_WIDTH = 220;

/** How wide a sans-serif's characters of 12 pixels are, most of them; a label's room is reckoned by it. */
const CHARACTER = 7.1;
const LABEL_LINE = 17;
const BAR_TOP = 26;
const BAR_HEIGHT = 20;

/** The one of a session's own page: each mark with its name and instant, in as many lines as they need. */
export function largeBar({ session, ended, viewed }: Bar, width: number): Markup {
  const marks = marksOf(session, ended);
  const x = scaleOf(
    marks.map(({ at }) => at),
    8,
    width - 8,
  );
  const labels = laidOut(
    marks.map(({ at, what }) => ({ x: x(at), text: `${what} ${clockTime(at, viewed)}` })),
    width,
  );
  const bottom = BAR_TOP + BAR_HEIGHT;
  const lineY = (line: number) => bottom + 20 + line * LABEL_LINE;
  const height = lineY(Math.max(0, ...labels.map(({ line }) => line))) + 8;
  const now = laidOut([{ x: x(viewed.now), text: `now ${clockTime(viewed.now, viewed)}` }], width)[0];
  return html`<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${described(marks, viewed)}">${[
    ...spans(session, ended, marks, x, BAR_TOP, BAR_HEIGHT),
    ...labels.map(({ x: at, line }) => html`<path class="leader" d="M${at} ${bottom}V${lineY(line) - 11}"/>`),
    ...marks.map(({ at }) => html`<path class="tick" d="M${x(at)} ${BAR_TOP - 3}V${bottom + 3}"/>`),
    ...labels.map((label) => worded(label, lineY(label.line))),
    ended === undefined && nowAt(x(viewed.now), BAR_TOP - 6, bottom + 5),
    ended === undefined && now !== undefined && worded(now, 13, 'now-text'),
  ]}</svg>`;
}

interface Label {
  readonly x: number;
  readonly text: string;
}

interface Laid extends Label {
  /** Where it begins; of one that stands at the right edge, by how wide its characters are reckoned. */
  readonly left: number;
  /** Where it ends, if it stands at the right edge: whatever the font, nothing of it is cut off there. */
  readonly right?: number;
  readonly line: number;
}

const worded = ({ left, right, text }: Laid, y: number, look?: string): Markup =>
  html`<text${look !== undefined && html` class="${look}"`}${right !== undefined && html` text-anchor="end"`} x="${right ?? left}" y="${y}">${text}</text>`;

/** Each label from its mark to the right, and where another stands there already, in a lower line. */
function laidOut(labels: readonly Label[], width: number): Laid[] {
  const ends: number[] = [];
  return labels.toReversed().map(({ x, text }) => {
    const room = text.length * CHARACTER;
    const isAtEdge = x - 4 + room > width;
    const left = round(Math.max(0, isAtEdge ? width - room : x - 4));
    const found = ends.findIndex((begin) => left + room + 8 < begin);
    const line = found === -1 ? ends.length : found;
    ends[line] = left;
    return { x, text, left, line, ...(isAtEdge ? { right: width } : {}) };
  });
}

const spans = (
  session: Session,
  ended: Ending | undefined,
  marks: readonly Mark[],
  x: (at: EpochMs) => number,
  top: number,
  height: number,
): Markup[] =>
  spansOf(session, ended, latest(...marks.map(({ at }) => at))).map(
    ({ rung, from, until }) =>
      html`<rect class="s-${rung}" x="${x(from)}" y="${top}" width="${round(x(until) - x(from))}" height="${height}"><title>${RUNG_WORDS[rung]}</title></rect>`,
  );

const nowAt = (x: number, top: number, bottom: number): Markup =>
  html`<path class="now" d="M${x} ${top}V${bottom}"/><path class="now-mark" d="M${x - 4} ${top - 1}h8l-4 5z"/>`;
