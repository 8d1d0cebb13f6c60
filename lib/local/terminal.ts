/** What a person at the terminal sees: the banner, then one line for each session that opens or ends. */
import { createWriteStream, renameSync, statSync } from 'node:fs';
import type { BusEvent } from './bus.ts';
import type { LocalSystem } from './system.ts';

/** A log of the functions that is longer than this is put aside when the system starts. */
const LOG_BYTES_MAX = 10 * 1024 * 1024;

/** Sends everything that is printed from now on (the functions' log lines and metrics) to the file. */
export function moveOutputTo(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX) renameSync(file, `${file}.old`);
  const log = createWriteStream(file, { flags: 'a', mode: 0o600 });
  const write = log.write.bind(log) as typeof process.stdout.write;
  process.stdout.write = write;
  process.stderr.write = write;
}

/** The lines to print once the system is ready; those that begin with two blanks can be pasted into a shell. */
export function banner({ url, operatorKey }: LocalSystem, keyFile: string | undefined, realm: string): string {
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
  return `Curfew is listening on ${url}
Operator key: ${operatorKey}${keyFile === undefined ? '' : ` (kept in ${keyFile})`}
Live sessions in a browser: ${url}/

Register a station, get its key, and log a user in there:

  URL=${url} OPERATOR=${shellQuote(operatorKey)}
  curl -sw '\\n' -X PUT $URL/v1/stations/lib-1 ${operator} ${json} '${station}'
  KEY=$(curl -s -X POST $URL/v1/stations/lib-1/key ${operator} | sed 's/.*"key":"\\([^"]*\\)".*/\\1/')
  curl -sw '\\n' $URL/v1/stations/lib-1/login -H "authorization: Bearer $KEY" ${json} '${user}'

See who is logged in where, and until when; what became of a user's sessions; the rules:

  curl -sw '\\n' $URL/v1/sessions ${operator}
  curl -sw '\\n' $URL/v1/realms/${realm}/users/ana ${operator}
  curl -sw '\\n' $URL/v1/realms ${operator}

Log the user out, and read what was announced (-N and no --max-time to keep listening):

  curl -sw '\\n' -X POST $URL/v1/stations/lib-1/logout -H "authorization: Bearer $KEY"
  curl -sN --max-time 1 "$URL/local/events?since=0" ${operator}

\`npm run incident\` replays the crashed printer. Ctrl-C stops everything.
`;
}

const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** `14:23:05  ended   ana at lib-1 (campus-print): lease` */
export function eventLine(event: BusEvent, at: Date = new Date()): string {
  const { user, station, realm, reason } = event.detail;
  const kind = event['detail-type'].replace(/^session\./, '');
  const why = reason === undefined ? '' : `: ${reason}`;
  return `${at.toTimeString().slice(0, 8)}  ${kind.padEnd(11)}  ${printable(user)} at ${station} (${realm})${why}`;
}

/** A user's name comes from outside; it must not steer the terminal. */
const printable = (text: unknown): string => String(text).replace(/[\p{Cc}\p{Cf}]/gu, '?');
