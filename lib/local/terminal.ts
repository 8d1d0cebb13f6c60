/** What a person at the terminal sees: the banner, then one line for each session that opens or ends, or was not told of. */
import { join } from 'node:path';
import * as z from 'zod';
import { DATA, PORT } from '../command/local-connection.ts';
import { pauseAfter, TRIES_MAX, verdictOn } from '../station/webhook.ts';
import { version } from '../version.ts';
import type { BusEvent } from './bus.ts';
import { LOG_BYTES_MAX } from './log.ts';
import type { LocalSystem } from './system.ts';
import { openTextLog } from './text-log.ts';

/** Sends everything that is printed from now on (the functions' log lines and metrics) to the file, and shows it to `onLine`. */
export function moveOutputTo(file: string, onLine: (line: string) => void, say: (line: string) => void): void {
  const append = openTextLog({ file, bytesMax: LOG_BYTES_MAX, say });
  const write = (chunk: string | Uint8Array, ...rest: readonly unknown[]) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    onLine(text);
    append(text);
    const written = rest.find((argument) => typeof argument === 'function');
    if (written !== undefined) queueMicrotask(written as () => void);
    return true;
  };
  process.stdout.write = write as typeof process.stdout.write;
  process.stderr.write = write as typeof process.stderr.write;
}

/** The lines to print once the system is ready; those that begin with two blanks can be pasted into a shell. */
export function banner({ url, operatorKey, realms }: LocalSystem, data: string, isKeyKept: boolean): string {
  const [realm = ''] = realms;
  const json = `-H 'content-type: application/json' -d`;
  const operator = '-H "authorization: Bearer $OPERATOR"';
  const station = JSON.stringify({
    realm,
    kind: 'hosted',
    name: 'Library 1',
    location: 'Ground floor',
    reportsActivity: false,
  });
  const user = JSON.stringify({ user: 'ana' });
  const incident = ['npm run incident', ...incidentOptions(url, data)].join(' ');
  // Whoever gave it keeps it somewhere: it is not to stand in a terminal's history, or in the log of what starts us.
  const key = isKeyKept ? shellQuote(operatorKey) : '$CURFEW_OPERATOR_KEY';
  return `Curfew is listening on ${url}
Version: ${version()}
Operator key: ${isKeyKept ? `${operatorKey} (kept in ${join(data, 'operator-key')})` : 'the one in CURFEW_OPERATOR_KEY; the lines below need it there too'}
The console in a browser: ${url}/${isKeyKept ? `#key=${encodeURIComponent(operatorKey)}` : ''}

Register a station, get its key, and log a user in there:

  URL=${url} OPERATOR=${key}
  curl -sw '\\n' -X PUT $URL/v1/stations/lib-1 ${operator} ${json} '${station}'
  KEY=$(curl -s -X POST $URL/v1/stations/lib-1/key ${operator} | sed 's/.*"key":"\\([^"]*\\)".*/\\1/')
  curl -sw '\\n' $URL/v1/stations/lib-1/login -H "authorization: Bearer $KEY" ${json} '${user}'

See who is logged in where, and until when; what became of a user's sessions; the rules:

  curl -sw '\\n' $URL/v1/sessions ${operator}
  curl -sw '\\n' "$URL/v1/realms/${realm}/users?user=ana" ${operator}
  curl -sw '\\n' $URL/v1/realms ${operator}

Log the user out, and read what was announced (-N and no --max-time to keep listening):

  curl -sw '\\n' -X POST $URL/v1/stations/lib-1/logout -H "authorization: Bearer $KEY"
  curl -sN --max-time 1 "$URL/local/events?since=0" ${operator}

Replay the crashed printer:

  ${incident}

Ctrl-C stops everything.
`;
}

/** What `npm run incident` does not find by itself. */
function incidentOptions(url: string, data: string): string[] {
  const options = [
    ...(url === `http://127.0.0.1:${PORT}` ? [] : ['--url', url]),
    ...(data === DATA ? [] : ['--data', shellQuote(data)]),
  ];
  return options.length === 0 ? [] : ['--', ...options];
}

const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** `14:23:05  ended   ana at lib-1 (campus-print): lease` */
export function eventLine(event: BusEvent, at: Date = new Date()): string {
  const { user, station, realm, reason } = event.detail;
  const kind = event['detail-type'].replace(/^session\./, '');
  const why = reason === undefined ? '' : `: ${reason}`;
  return `${timeOf(at)}  ${kind.padEnd(11)}  ${printable(user)} at ${station} (${realm})${why}`;
}

const toldSchema = z.object({
  message: z.literal('told'),
  realm: z.string(),
  tries: z.number(),
  answer: z.union([z.number(), z.string()]),
});

/**
 * Of a line of the functions' log that says how a webhook's receiver answered, if that was no: `14:23:05  not told
 * campus-print: its webhook was answered 401; try 2 of 15 at 14:23:10`. The last no makes a dead letter, which is told of.
 */
export function refusalLine(logged: string, at: Date = new Date()): string | undefined {
  if (!logged.includes('"told"')) return undefined;
  const told = toldSchema.safeParse(parseJson(logged)).data;
  if (told === undefined || told.tries >= TRIES_MAX) return undefined;
  const { realm, tries, answer } = told;
  if (verdictOn(typeof answer === 'number' ? answer : undefined) !== 'again') return undefined;
  const what = typeof answer === 'number' ? `was answered ${answer}` : `had no answer (${answer})`;
  const next = `try ${tries + 1} of ${TRIES_MAX} at ${timeOf(new Date(at.getTime() + pauseAfter(tries)))}`;
  return `${timeOf(at)}  ${'not told'.padEnd(11)}  ${realm}: its webhook ${what}; ${next}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `14:23:05`, as this machine's clock has it. */
const timeOf = (at: Date): string => at.toTimeString().slice(0, 8);

/** A user's name comes from outside; it must not steer the terminal. */
const printable = (text: unknown): string => String(text).replace(/[\p{Cc}\p{Cf}]/gu, '?');
