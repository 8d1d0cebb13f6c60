/**
 * What the record says in a few lines, for whoever asks whether it is fast and what limits it. Every figure in them is the
 * record's own.
 */
import { spreadOf } from './statistics.ts';
import { goalText, isMet, type Measured, medianOf } from './table.ts';

/** A Markdown list; a sentence whose figures are not in the record is left out. */
export function summaryOf(parts: readonly Measured[]): string {
  const figureOf = (part: string) => {
    const figures = parts.find(({ name }) => name === part)?.figures ?? [];
    return (name: string): string | undefined => {
      const figure = figures.find((each) => each.name === name);
      return figure && medianOf(figure);
    };
  };
  const counted = figureOf('counts');
  const ran = figureOf('operations');
  const swept = figureOf('sweep');
  const far = (what: string) => ran(`1 in flight, 5 ms away / ${what}`);
  const near = (what: string) => ran(`1 in flight, no delay / ${what}`);
  const processor = (operation: string) => ran(`processor time / ${operation}, above the bare SDK’s`);
  const calls = figureOf('timers');

  return [
    ...item(
      said`**Round trips.** A login makes ${counted('Curfew, login / requests')} requests at once, a logout
        ${counted('Curfew, logout / requests')}, a ping ${counted('Curfew, ping / requests')}, and none waits for a read
        where the container knows the station: two round trips for a login and its logout. dynamodb-lock-client makes
        ${counted('dynamodb-lock-client, acquire / requests')}, one after the other, and
        ${counted('dynamodb-lock-client, release / requests')}: three.`,
    ),
    ...item(
      said`**Beside the bare SDK**, which makes the same writes and does nothing else, one in flight: login + logout at
        ${far('login + logout, by bare SDK')} of its pace 5 ms away, at ${near('login + logout, by bare SDK')} with no
        delay; ping at ${far('ping, by bare SDK')} and ${near('ping, by bare SDK')}.`,
      said`Above the bare SDK’s, the function’s processor time on the machine of this table is ${processor('login')} ms a
        login, ${processor('ping')} a ping, ${processor('logout')} a logout, ${processor('refused login')} a refused login,
        ${processor('take-over')} a take-over.`,
    ),
    ...goals(parts),
    ...item(
      said`**Units.** A session of 10 pings, with its panel, its history and the bus, is
        ${counted('Curfew, session of 10 pings / requests')} requests and
        ${counted('Curfew, session of 10 pings / write units')} write units; a lock of dynamodb-lock-client, and nothing
        beside it, ${counted('dynamodb-lock-client, session of 10 pings / requests')} and
        ${counted('dynamodb-lock-client, session of 10 pings / write units')}; a naive service’s
        ${counted('naive service, session of 10 pings / requests')} and
        ${counted('naive service, session of 10 pings / write units')}, with
        ${counted('naive service, session of 10 pings / Scheduler calls')} Scheduler calls.`,
      said`At a hundred logins a second, Curfew makes
        ${calls('Scheduler calls a session / 100 a second, printers, 2 shards')} Scheduler calls a session.`,
    ),
    ...item(
      said`**Sweeps.** Without the pauses of their pace, 100,000 sessions that are due at once end at ${swept('sessions a second / 100,000 sessions')} a
        second (writes a session: ${swept('writes a session / 100,000 sessions')}); one of them takes
        ${swept('time a session / 100,000 sessions by 1,000 sessions')} times as long as one of 1,000, and the heap is at
        most ${swept('heap, over that before / 100,000 sessions')} times what it was before.`,
    ),
  ].join('\n');
}

/** No item where none of its sentences is. */
const item = (...sentences: readonly (string | undefined)[]): string[] => {
  const known = sentences.filter((sentence) => sentence !== undefined);
  return known.length === 0 ? [] : [`- ${known.join(' ')}`];
};

/** One sentence in one line, if all that it tells is known. */
const said = (texts: TemplateStringsArray, ...values: readonly (string | undefined)[]): string | undefined =>
  values.includes(undefined) ? undefined : String.raw({ raw: texts }, ...values).replaceAll(/\s*\n\s*/g, ' ');

/** How many are met of how many; those that are missed by what they hold, since most are held in several situations. */
function goals(parts: readonly Measured[]): string[] {
  const all = parts.flatMap(({ name: part, figures }) => figures.map((figure) => ({ ...figure, part })));
  const held = all.flatMap((figure) => (figure.goal === undefined ? [] : [{ ...figure, goal: figure.goal }]));
  const missed = held.filter((figure) => !isMet(figure));
  const misses = new Map<string, string[]>();
  for (const { part, name, values, goal } of missed) {
    const [what = '', ...where] = name.split(' / ').reverse();
    const bound = 'atMost' in goal ? goal.atMost : goal.atLeast;
    const off = bound === 0 ? '' : `, ${percent(spreadOf(values).median / bound - 1)} % off`;
    const heading = `${part}: ${what}, goal ${goalText(goal)}`;
    const text = `${medianOf({ values, goal })}${where.length === 0 ? '' : ` (${where.reverse().join(', ')})`}${off}`;
    misses.set(heading, [...(misses.get(heading) ?? []), text]);
  }
  const met = `- **Goals.** ${held.length - missed.length} of ${held.length} are met.`;
  if (missed.length === 0) return [met];
  return [`${met} Missed:`, ...[...misses].map(([heading, texts]) => `  - ${heading}: ${texts.join('; ')}`)];
}

const percent = (share: number): number => Number(Math.abs(100 * share).toPrecision(2));
