/**
 * The timeline as an SVG: rungs as steps that go down, and below them when each is left, when that is announced, and whose
 * the seat is. Every step is as wide as any other, since 8 hours beside 30 seconds leave no room for the seconds. No
 * script, no font from elsewhere; light or dark as its reader prefers.
 */
import { idleOf } from '../session/ladder.ts';
import { type EpochMs, since, toRfc3339 } from '../time.ts';
import { inShort } from './lengths.ts';
import { ACTIVITY, headingOf, type PolicyTimeline, totalsOf } from './policy-timeline.ts';
import { wrapped } from './terminal.ts';

const LEFT = 152;
const RIGHT = 28;
/** Room for the longest length of time that there is, and for an instant. */
const STEP_WIDTH_MIN = 176;
/** So that the heading has room where the steps are few. */
const STEPS_WIDTH_MIN = 600;
const DROP = 46;
const LINE = 16;
const HEADING_LINE = 22;
const PAD = 12;
/** Of what stands beside a tick. */
const INSET = 6;
const HATCHED = 60;

/** How wide a sans-serif's characters are at the most: digits and bold letters are wide, sentences are not. */
const EMS = { figures: 0.66, heading: 0.63, sentence: 0.55 } as const;
const fitting = (width: number, size: number, kind: keyof typeof EMS): number => Math.floor(width / (size * EMS[kind]));

const STYLE = `
    text { font: 12px system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; fill: #1f2933 }
    .h { font-size: 17px; font-weight: 600 } .n { font-size: 15px; font-weight: 600 } .b { font-weight: 600 } .d { fill: #52606d }
    .page { fill: #ffffff } .held { fill: #d6e6f5 } .dormant { fill: #e6dcf2 } .ended { fill: #e8ebef }
    .stair { fill: none; stroke: #2b5c8a; stroke-width: 3; stroke-linejoin: round } .tick { stroke: #9aa5b1; stroke-dasharray: 3 4 }
    .taken { fill: #2b5c8a } .taken-text { fill: #ffffff; font-weight: 600 } .free { fill: #dff0e4; stroke: #2f6f4f } .hatch { stroke: #b3662c; stroke-width: 2 } .frame { stroke: #b3662c }
    @media (prefers-color-scheme: dark) {
      text { fill: #e4e9ee } .d { fill: #a6b2be }
      .page { fill: #14191f } .held { fill: #1d3a55 } .dormant { fill: #3a2b50 } .ended { fill: #2a313a }
      .stair { stroke: #7fb3e0 } .tick { stroke: #616e7c }
      .taken { fill: #7fb3e0 } .taken-text { fill: #14191f } .free { fill: #1c3a29; stroke: #7cc49a } .hatch { stroke: #e0a06a } .frame { stroke: #e0a06a }
    }`;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (found) => `&#${found.codePointAt(0)};`);

type Look = 'h' | 'n' | 'b' | 'd' | 'taken-text' | '';

/** Lines of text, the first with its baseline at `y`. */
function lines(x: number, y: number, texts: readonly string[], look: Look = ''): string[] {
  const style = look === '' ? '' : ` class="${look}"`;
  return texts.map((text, n) => `  <text x="${x}" y="${y + n * LINE}"${style}>${escaped(text)}</text>`);
}

const rect = (x: number, y: number, width: number, height: number, look: string, more = '') =>
  `  <rect x="${x}" y="${y}" width="${width}" height="${height}" class="${look}"${more}/>`;

/** Where things are across the picture, and what it is of. */
interface Sheet {
  readonly told: PolicyTimeline;
  readonly width: number;
  readonly stepWidth: number;
  /** The left edge of a step. */
  readonly x: (n: number) => number;
}

/** A part of the picture, and where the next one may begin. */
interface Part {
  readonly drawn: readonly string[];
  readonly below: number;
}

export function timelinePicture(told: PolicyTimeline): string {
  const { rungs } = told.timeline;
  const stepWidth = Math.max(STEP_WIDTH_MIN, Math.floor(STEPS_WIDTH_MIN / rungs.length));
  const width = LEFT + rungs.length * stepWidth + RIGHT;
  const sheet: Sheet = { told, width, stepWidth, x: (n) => LEFT + n * stepWidth };
  const head = headOf(sheet, 40);
  const stairs = stairsOf(sheet, head.below);
  const when = whenOf(sheet, stairs.below);
  const announced = announcedOf(sheet, when.below);
  const seat = seatOf(sheet, announced.below);
  const foot = footOf(sheet, seat.below);
  const ticks = rungs.map(
    (_, n) => `  <path d="M${sheet.x(n)} ${head.below + n * DROP}V${announced.below}" class="tick"/>`,
  );
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${foot.below}" role="img" aria-labelledby="t d">`,
    `  <title id="t">${escaped(headingOf(told))}</title>`,
    `  <desc id="d">${escaped(described(told))}</desc>`,
    `  <style>${STYLE}\n  </style>`,
    '  <defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V7" class="hatch"/></pattern></defs>',
    rect(0, 0, width, foot.below, 'page'),
    ...[head, stairs].flatMap(({ drawn }) => drawn),
    ...ticks,
    ...[when, announced, seat, foot].flatMap(({ drawn }) => drawn),
    '</svg>',
  ].join('\n')}\n`;
}

function headOf({ told, width }: Sheet, y: number): Part {
  const heading = wrapped(headingOf(told), fitting(width - 2 * RIGHT, 17, 'heading'));
  const rules = wrapped(rulesOf(told), fitting(width - 2 * RIGHT, 12, 'sentence'));
  const rulesAt = y + heading.length * HEADING_LINE;
  return {
    drawn: [
      ...heading.flatMap((line, n) => lines(RIGHT, y + n * HEADING_LINE, [line], 'h')),
      ...lines(RIGHT, rulesAt, rules, 'd'),
    ],
    below: rulesAt + rules.length * LINE + 14,
  };
}

/** A step for each rung: the deadline that leads down to it, how long it lasts, and what activity does there. */
function stairsOf(sheet: Sheet, top: number): Part {
  const { told, stepWidth, x } = sheet;
  const { rungs } = told.timeline;
  const steps = rungs.map(({ rung, holdsSeat, from, until }, n) => ({
    left: x(n),
    y: top + n * DROP,
    rung,
    look: holdsSeat ? 'held' : rung === 'ended' ? 'ended' : 'dormant',
    texts: [
      ...(until === undefined ? [] : [`lasts ${inShort(since(from, until))}`]),
      rung === 'ended' ? ACTIVITY[rung] : `activity: ${ACTIVITY[rung]}`,
    ].flatMap((text) => wrapped(text, roomOf(sheet))),
    by: n === 0 ? [] : [`by ${rungs[n - 1]?.deadline?.replace('-', ' ')}`],
  }));
  const base = Math.max(...steps.map(({ y, texts }) => y + 30 + texts.length * LINE + PAD));
  const outline = steps.map(({ y, left }, n) => `${n === 0 ? `M${left} ${y}` : `V${y}`}H${left + stepWidth}`).join('');
  return {
    drawn: [
      ...steps.map(({ left, y, look }) => rect(left, y, stepWidth, base - y, look)),
      `  <path d="${outline}" class="stair"/>`,
      ...steps.flatMap(({ left, y, rung, texts, by }) => [
        ...lines(left + PAD, y - 9, by, 'd'),
        ...lines(left + PAD, y + 24, [rung], 'n'),
        ...lines(left + PAD, y + 44, texts),
      ]),
    ],
    below: base + 22,
  };
}

/** When each rung is reached. */
function whenOf(sheet: Sheet, y: number): Part {
  const { told, x } = sheet;
  const cells = told.timeline.rungs.map(({ from }) => momentOf(sheet, inShort(since(told.from, from)), from));
  return {
    drawn: [
      ...lines(RIGHT, y, ['since the last', 'activity'], 'd'),
      ...cells.flatMap(([length = '', ...instant], n) => [
        ...lines(x(n) + INSET, y, [length], 'b'),
        ...lines(x(n) + INSET, y + LINE, instant),
      ]),
    ],
    below: y + rowOf(cells) + 6,
  };
}

/** From each change of rung on, hatched: the time in which it may be announced. */
function announcedOf(sheet: Sheet, y: number): Part {
  const { told, x } = sheet;
  const cells = told.timeline.rungs.flatMap(({ announcedBy, slot }) =>
    announcedBy === undefined || slot === undefined
      ? []
      : [momentOf(sheet, `by ${inShort(since(told.from, announcedBy))}`, slot)],
  );
  return {
    drawn: [
      ...lines(RIGHT, y + 12, ['announced within', 'one sweep'], 'd'),
      ...cells.flatMap((texts, n) => [
        rect(x(n + 1), y, HATCHED, 14, 'frame', ' fill="url(#hatch)"'),
        ...lines(x(n + 1) + INSET, y + 30, texts),
      ]),
    ],
    below: y + 28 + rowOf(cells),
  };
}

function seatOf(sheet: Sheet, y: number): Part {
  const { told, x } = sheet;
  const { rungs, lost } = told.timeline;
  const lostAt = x(rungs.findIndex(({ holdsSeat }) => !holdsSeat));
  const from = momentOf(sheet, `from ${inShort(since(told.from, lost.freeAt))}`, lost.freeAt);
  return {
    drawn: [
      ...lines(RIGHT, y + 16, ['the seat'], 'd'),
      rect(LEFT, y, lostAt - LEFT, 24, 'taken', ' rx="3"'),
      ...lines(LEFT + PAD, y + 16, ['held'], 'taken-text'),
      rect(lostAt, y, x(rungs.length) - lostAt, 24, 'free', ' rx="3"'),
      ...lines(lostAt + PAD, y + 16, ['free for anyone'], 'b'),
      ...lines(lostAt + INSET, y + 42, from),
    ],
    below: y + 52 + from.length * LINE,
  };
}

function footOf({ told, width }: Sheet, y: number): Part {
  const foot = [...totalsOf(told), SCALE].flatMap((total) =>
    wrapped(total, fitting(width - 2 * RIGHT, 12, 'sentence')),
  );
  return { drawn: lines(RIGHT, y, foot), below: y + foot.length * LINE + 4 };
}

const SCALE = 'Not to scale: every step is drawn as wide as any other, and its length is written in it.';

/** How many characters a step has room for. */
const roomOf = ({ stepWidth }: Sheet): number => fitting(stepWidth - PAD, 12, 'figures');

/** A length, and below it the instant where there are any. */
const momentOf = (sheet: Sheet, said: string, at: EpochMs): string[] => [
  ...wrapped(said, roomOf(sheet)),
  ...(sheet.told.hasInstants ? toRfc3339(at).split('T') : []),
];

const rowOf = (cells: readonly (readonly string[])[]): number =>
  Math.max(2, ...cells.map((cell) => cell.length)) * LINE;

/** The fields of which the picture is made. */
function rulesOf({ policy, station }: PolicyTimeline): string {
  const { pingMs, leaseMs, failoverMs, logonTokenMs, maximumMs, sweepMs } = policy;
  const off = (length: typeof pingMs) => (length === undefined || length === 0 ? 'off' : inShort(length));
  return [
    `idle ${inShort(idleOf(policy, station))} (then ${policy.whenIdle})`,
    `ping ${off(pingMs)}`,
    `lease ${inShort(leaseMs)}`,
    `failover ${off(failoverMs)}`,
    `logon token ${off(logonTokenMs)}`,
    `maximum ${inShort(maximumMs)}`,
    `sweep ${inShort(sweepMs)}`,
  ].join(' · ');
}

/** The picture for whoever hears it. */
function described(told: PolicyTimeline): string {
  const { timeline, from } = told;
  const rungs = timeline.rungs.map(({ rung, from: begins, until, deadline, holdsSeat }) => {
    const when = `from ${inShort(since(from, begins))}`;
    const end = until === undefined ? '' : ` until ${inShort(since(from, until))} (${deadline})`;
    return `${rung} ${when}${end}, its seat ${holdsSeat ? 'held' : 'free'}; activity: ${ACTIVITY[rung]}.`;
  });
  return [...rungs, ...totalsOf(told)].join(' ');
}
