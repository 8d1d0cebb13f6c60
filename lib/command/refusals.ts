/** Refusals in sentences: when, where, why, what would mend it, and the command. */
import { printable } from '../printable.ts';
import { parseHandle } from '../session/handle.ts';
import type { RefusalShown } from './answers.ts';
import type { Api } from './api.ts';
import { shortHandle } from './handles.ts';
import { ago, moment, withMoments } from './moments.ts';
import { pasted } from './operator-command.ts';
import { stationInWords } from './sessions.ts';
import { linesOf, type View } from './terminal.ts';

/** Each as a sentence, with what would mend it beneath; of several for the same reason there, that is said once. */
export function refusalLines(api: Api, refusals: readonly RefusalShown[], view: View, indent = 0): string[] {
  const told = new Set<string>();
  return refusals.flatMap((refusal) => {
    const { mend, command } = refusal;
    const line = linesOf(`${view.paint('red', 'Refused')} ${refusalInWords(refusal, view)}`, view, indent);
    const pastable =
      command === undefined ? [] : [`${' '.repeat(indent + 2)}${pasted(api, ...command.map(pastedWord))}`];
    const help = [...linesOf(printable(mend), view, indent + 2), ...pastable];
    const isTold = told.has(help.join());
    told.add(help.join());
    return isTold ? line : [...line, ...help];
  });
}

/** A handle as lists write it; any other word as it is. */
const pastedWord = (word: string): string => (parseHandle(word) === undefined ? word : shortHandle(word));

/** `at Library 5 (cp-05) at 10:12:00 (18m ago): its key is not the one that is registered.` */
function refusalInWords(refusal: RefusalShown, view: View): string {
  const { at, since, event, user, proven, why } = refusal;
  const first = since === at ? '' : `, and first at ${moment(since, view)}`;
  const whose = user === undefined || proven ? '' : `, in the name of ${user}`;
  const what = event === 'login' || event === 'events' || event === 'other' ? '' : ` (${event})`;
  return printable(
    `at ${stationInWords(refusal)} at ${moment(at, view)} (${ago(at, view.now)}${first})${what}${whose}: ${withMoments(why, view)}.`,
  );
}
