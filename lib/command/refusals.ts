/** Refusals in sentences: when, where, why, what would mend it, and the command. */
import { printable } from '../printable.ts';
import type { EpochMs } from '../time.ts';
import type { RefusalShown } from './answers.ts';
import type { Api } from './api.ts';
import { ago, toSecond } from './moments.ts';
import { pasted } from './operator-command.ts';
import { stationInWords } from './sessions.ts';
import type { Paint } from './terminal.ts';

/** Each as a sentence, with what would mend it beneath; of several for the same reason there, that is said once. */
export function refusalLines(api: Api, refusals: readonly RefusalShown[], paint: Paint): string[] {
  const told = new Set<string>();
  return refusals.flatMap((refusal) => {
    const { mend, command } = refusal;
    const line = `${paint('red', 'Refused')} ${refusalInWords(refusal, api.now())}`;
    const help = [`  ${printable(mend)}`, ...(command === undefined ? [] : [`  ${pasted(api, ...command)}`])];
    const isTold = told.has(help.join());
    told.add(help.join());
    return isTold ? [line] : [line, ...help];
  });
}

/** `at Library 5 (cp-05) at 2026-11-22T09:12:00Z (18m ago): its key is not the one that is registered.` */
function refusalInWords(refusal: RefusalShown, now: EpochMs): string {
  const { at, since, event, user, proven, why } = refusal;
  const first = since === at ? '' : `, and first at ${toSecond(since)}`;
  const whose = user === undefined || proven ? '' : `, in the name of ${user}`;
  const what = event === 'login' || event === 'events' || event === 'other' ? '' : ` (${event})`;
  return printable(
    `at ${stationInWords(refusal)} at ${toSecond(at)} (${ago(at, now)}${first})${what}${whose}: ${why}.`,
  );
}
