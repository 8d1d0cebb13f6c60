/** `curfew policy check`: what is wrong with a realms file, and the bounds that it promises. */
import { realmView } from '../http/views.ts';
import { printable, shown } from '../printable.ts';
import { type Finding, readRealms } from '../realms/realms-file.ts';
import type { Policy, Realms } from '../session/policy.ts';
import type { Users } from '../session/user-key.ts';
import { isoInShort } from './lengths.ts';
import { aligned, count, type Paint } from './terminal.ts';

export interface RealmsFileCheck {
  readonly file: string;
  /** Errors first. */
  readonly findings: readonly Finding[];
  /** As `GET /v1/realms` shows them. None where there is an error. */
  readonly realms: readonly ReturnType<typeof realmView>[];
}

/** @param before the text of the file that is obeyed now: where this one names users otherwise, that is warned of */
export function checkRealmsFile(file: string, text: string, before?: string): RealmsFileCheck {
  const { realms, errors, warnings } = readRealms(text);
  const renamed = before === undefined ? [] : renamedUsers(realms, readRealms(before).realms);
  return { file, findings: [...errors, ...warnings, ...renamed], realms: [...realms.values()].map(realmView) };
}

/** Sessions that are open when it is deployed stay under the names that they have. */
function renamedUsers(realms: Realms, before: Realms): Finding[] {
  return [...realms.values()].flatMap(({ realm, users }): Finding[] => {
    const was = before.get(realm)?.users;
    if (was === undefined || sameUsers(was, users)) return [];
    const rule =
      'sessions that are open then keep the names that they have, and their users may hold a seat beside them until these end';
    const message = `realm ${shown(realm)}: users ${JSON.stringify(users)} differs from ${JSON.stringify(was)} before: ${rule}`;
    return [{ level: 'warning', realm, field: 'users', message }];
  });
}

function sameUsers(one: Users, other: Users): boolean {
  const domains = ({ domains }: Users) =>
    [...new Set(domains.map((domain) => domain.normalize('NFC').toLowerCase()))].sort();
  return one.case === other.case && domains(one).join(' ') === domains(other).join(' ');
}

/** The policy of one realm of the file; of a file that is refused, why. Throws where the file has no such realm. */
export function policyIn(file: string, text: string, realm: string): Policy | RealmsFileCheck {
  const check = checkRealmsFile(file, text);
  if (isRefused(check)) return check;
  const { realms } = readRealms(text);
  const policy = realms.get(realm);
  if (policy !== undefined) return policy;
  throw new Error(
    `${printable(file)} has no realm ${JSON.stringify(printable(realm))}; it has ${[...realms.keys()].join(', ')}`,
  );
}

/** Of a file whose text nobody has. */
export const unreadable = (file: string, { message }: Error): RealmsFileCheck => ({
  file,
  findings: [{ level: 'error', message: `cannot be read: ${message}` }],
  realms: [],
});

export const isRefused = ({ findings }: RealmsFileCheck): boolean => findings.some(({ level }) => level === 'error');

/** One line for each finding, one that sums up, and for a file in order a table of its bounds. */
export function checkReport(check: RealmsFileCheck, paint: Paint): string {
  const { findings, realms } = check;
  const file = printable(check.file);
  const told = findings.map(
    ({ level, message }) => `${file}: ${paint(level === 'error' ? 'red' : 'yellow', level)}: ${printable(message)}`,
  );
  const of = (level: Finding['level']) => count(findings.filter((finding) => finding.level === level).length, level);
  const sum = isRefused(check)
    ? `${paint('red', 'refused')}, ${of('error')}, ${of('warning')}`
    : `${paint('green', 'in order')}, ${count(realms.length, 'realm')}, ${of('warning')}`;
  const bounds = isRefused(check) ? [] : ['', ...boundsOf(realms, paint)];
  return [...told, `${file}: ${sum}`, ...bounds].join('\n');
}

/** Two lines a realm, in the words of `GET /v1/realms`; one where they are the same. */
function boundsOf(realms: RealmsFileCheck['realms'], paint: Paint): string[] {
  const rows = realms.flatMap(({ realm, bound, boundWithJob, whereActivityIsReported: reported }) => [
    [realm, 'any station', isoInShort(bound), isoInShort(boundWithJob)],
    ...(reported.bound === bound && reported.boundWithJob === boundWithJob
      ? []
      : [['', 'where activity is reported', isoInShort(reported.bound), isoInShort(reported.boundWithJob)]]),
  ]);
  const [head = '', ...lines] = aligned([['realm', '', 'bound', 'boundWithJob'], ...rows]);
  return [paint('dim', head), ...lines, ...stepsOf(realms)];
}

/** The bound says when a seat is free, not what becomes of a session that comes down in steps. */
function stepsOf(realms: RealmsFileCheck['realms']): string[] {
  const inSteps = realms.filter(
    ({ policy }) => policy.whenIdle === 'linger' || policy.failover !== 'off' || policy.logonToken !== 'off',
  );
  const names = inSteps.map(({ realm }) => realm).join(', ');
  return inSteps.length === 0 ? [] : ['', `Sessions of ${names} come down in steps: see npx curfew policy timeline`];
}
