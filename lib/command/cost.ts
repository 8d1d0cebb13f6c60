/** `curfew cost`: what a month would cost, what that is spent on, and which quota is met first. Asks nobody. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ANSWER_BYTES, BURST, MEMORY_GB, REBOOT_SECONDS, TAKES } from '../cost/assumptions.ts';
import { type Bill, billOf, type Part } from '../cost/bill.ts';
import type { Need } from '../cost/needs.ts';
import { PRICES, PRICES_READ_ON, PRICES_REGION } from '../cost/prices.ts';
import { QUOTAS } from '../cost/quotas.ts';
import { EXAMPLES, type Example, type Workload } from '../cost/workload.ts';
import { SHARDS_MAX } from '../table.ts';
import { aligned, type Paint, wrapped } from './terminal.ts';

interface CostSurroundings {
  readonly paint: Paint;
  readonly print: (told: string) => void;
}

type Numbers = { [Field in keyof Workload as Workload[Field] extends number ? Field : never]: Workload[Field] };

interface Asked {
  readonly option: string;
  readonly says: string;
  /** The least that makes sense, and the most. @default 0 */
  readonly least?: number;
  readonly most: number;
  readonly whole?: boolean;
}

/** More stations, users, sessions a day or whatever else there is no system of. */
const MANY = 1_000_000_000;

/** What can be said of a workload, each as an option. */
export const NUMBERS: Readonly<Record<keyof Numbers, Asked>> = {
  stations: { option: 'stations', says: 'printers, or web applications', most: MANY, whole: true },
  users: { option: 'users', says: 'users in all', most: MANY, whole: true },
  sessionsPerDay: {
    option: 'sessions-per-day',
    says: 'sessions of all users together on a working day',
    most: MANY,
  },
  minutesPerSession: {
    option: 'minutes-per-session',
    says: 'from login to the last that is heard of it',
    least: 0.1,
    most: 43_200,
  },
  pingsPerSession: { option: 'pings-per-session', says: 'pings in a session', most: 100_000 },
  activitiesPerSession: { option: 'activities-per-session', says: 'events of activity in a session', most: 100_000 },
  jobsPerSession: { option: 'jobs-per-session', says: 'jobs in a session, of two events each', most: 100_000 },
  refusedShare: { option: 'refused', says: 'refused logins for each that opens a session', most: 10 },
  leftShare: { option: 'left', says: 'which share of sessions nobody logs out', most: 1 },
  leaseMinutes: {
    option: 'lease-minutes',
    says: 'until a silent session loses its seat',
    least: 0.1,
    most: 43_200,
  },
  // A policy takes no longer sweep (lib/realms/policy-rules.ts).
  slotMinutes: {
    option: 'sweep-minutes',
    says: 'the length of a slot (the policy’s sweep)',
    least: 0.1,
    most: 10,
  },
  shards: {
    option: 'shards',
    says: 'over how many shards deadlines are spread',
    least: 1,
    most: SHARDS_MAX,
    whole: true,
  },
  realms: {
    option: 'realms',
    says: 'realms, each of which has metrics of its own',
    least: 1,
    most: 1_000,
    whole: true,
  },
  historyDays: {
    option: 'history-days',
    says: 'how long ended sessions are kept (the policy’s retention)',
    most: 36_500,
  },
  daysPerMonth: { option: 'days-per-month', says: 'working days', least: 1, most: 31 },
  hoursPerDay: { option: 'hours-per-day', says: 'of a working day', least: 1, most: 24 },
  // Less than its part of 24 no busiest hour has.
  busiestHourShare: {
    option: 'busiest-hour',
    says: 'which share of a day falls into its busiest hour',
    least: 0.04,
    most: 1,
  },
  consoleHours: { option: 'console-hours', says: 'hours a day that a dashboard is open', most: 24 },
};

type Flags = { [Field in keyof Workload as Workload[Field] extends boolean ? Field : never]: string };

const FLAGS: Readonly<Flags> = {
  panels: 'whether stations have panels, as printers do; otherwise they are web applications',
  rungs: 'whether a session is made anew and remembered after it has lost its seat',
  alarms: 'with the stack’s alarms',
  webhook: 'with a webhook that takes what becomes of sessions to somebody else',
  customerKey: 'with a key of the account’s own',
  insights: 'with a dashboard that ranks stations by refusals and by what they say',
  silent: 'with a count, every hour, of stations that have fallen silent',
  freeTier: 'less what an account has for nothing, if nothing else in it uses that',
};

const NOTES = `
Requests and units are counted: a test runs the real functions and compares (docs/cost.md). Not counted but supposed: a
station's request takes ${TAKES.station} ms of a function of ${MEMORY_GB} GB, a batch of the journal ${TAKES.journalBatch}, a page of a sweep ${TAKES.sweepPage}; an answer is ${ANSWER_BYTES} bytes;
the busiest second has ${BURST} times the average of the busiest hour; after a power cut all stations are back in ${REBOOT_SECONDS} s. Prices are
those of ${PRICES_REGION}, read on ${PRICES_READ_ON}. Without --example, what is not said is as in the example \`campus\`.

  npx curfew cost --example portal
  npx curfew cost --stations 2000 --users 100000 --sessions-per-day 80000 --console-hours 8`;

type Options = Partial<Workload> & { readonly example: Example; readonly json?: boolean };

export function addCost(program: Command, { paint, print }: CostSurroundings): void {
  const command = program
    .command('cost')
    .description('What a month would cost in AWS, what that is spent on, and which quota is met first. Asks nobody.')
    .addOption(
      new Option('--example <name>', 'begin with one of the examples of docs/cost.md')
        .choices(Object.keys(EXAMPLES))
        .default('campus'),
    );
  for (const [field, asked] of Object.entries(NUMBERS)) {
    const example = EXAMPLES.campus[field as keyof Numbers];
    command.addOption(
      new Option(`--${asked.option} <n>`, `${asked.says} (campus: ${counted(example)})`).argParser((said) =>
        readNumber(said, asked),
      ),
    );
  }
  for (const [field, says] of Object.entries(FLAGS)) {
    command.addOption(
      new Option(`--${dashed(field)} <yes|no>`, says).choices(['yes', 'no']).argParser((said) => readFlag(said)),
    );
  }
  command
    .option('--json', 'quantities, sums and needs as JSON')
    .addHelpText('after', NOTES)
    .action((said: Options) => {
      const bill = billOf(workloadOf(said));
      const report = () => [costReport(bill, paint), ...supposedOf(said)].join('\n');
      print(said.json === true ? JSON.stringify(billJson(bill), null, 2) : report());
    });
}

const dashed = (field: string): string => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function readNumber(said: string, { least = 0, most, whole = false }: Asked) {
  const number = Number(said.replaceAll('_', ''));
  if (said.trim() === '' || !Number.isFinite(number) || number < least || number > most) {
    throw new InvalidArgumentError(`It must be a number from ${counted(least)} to ${counted(most)}.`);
  }
  if (whole && !Number.isInteger(number)) throw new InvalidArgumentError('It must be a whole number.');
  return number;
}

function readFlag(said: string): boolean {
  if (said !== 'yes' && said !== 'no') throw new InvalidArgumentError('It must be yes or no.');
  return said === 'yes';
}

/** What is said, over the example. */
function workloadOf(said: Options): Workload {
  const example: Workload = EXAMPLES[said.example];
  const named = Object.entries(NUMBERS).flatMap(([field, { option }]) => {
    const value = (said as unknown as Record<string, unknown>)[camel(option)];
    return value === undefined ? [] : [[field, value]];
  });
  const flags = Object.keys(FLAGS).flatMap((field) => {
    const value = said[field as keyof Flags];
    return value === undefined ? [] : [[field, value]];
  });
  const workload = { ...example, ...Object.fromEntries([...named, ...flags]) };
  return isPerUser(said)
    ? { ...workload, sessionsPerDay: Math.round(workload.users * sessionsPerUser(example)) }
    : workload;
}

/** Other users than the example's have other sessions, unless somebody says how many. */
const isPerUser = ({ users, sessionsPerDay }: Options): boolean => users !== undefined && sessionsPerDay === undefined;
const sessionsPerUser = ({ sessionsPerDay, users }: Workload): number => sessionsPerDay / users;

/** What nobody has said, and was not left as it stands in the example. */
function supposedOf(said: Options): string[] {
  if (!isPerUser(said)) return [];
  const each = counted(sessionsPerUser(EXAMPLES[said.example]));
  return wrapped(
    `Sessions a day: ${each} a user, as in the example ${said.example}; --sessions-per-day says how many there are.`,
    WIDTH,
  );
}

const camel = (option: string): string => option.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** As wide as a terminal of 100 columns. */
const WIDTH = 98;

export function costReport(bill: Bill, paint: Paint): string {
  const { workload, usd, idleUsd, usdPerThousandSessions } = bill;
  const sums = [
    `In all $${dollars(usd)} a month`,
    ...(usdPerThousandSessions === undefined ? [] : [`$${usdPerThousandSessions.toFixed(4)} for a thousand sessions`]),
    `$${dollars(idleUsd)} in a month in which nobody logs in.`,
  ].join('; ');
  const first = bill.needs[0];
  return [
    ...wrapped(`${headingOf(workload)}:`, WIDTH),
    '',
    ...withHead([['$ a month', 'paid to', 'for'], ...bill.byPlatform.map((part) => platformRow(bill, part))], paint),
    '',
    ...wrapped(sums, WIDTH),
    '',
    ...withHead([['$ a month', 'spent on'], ...bill.byFeature.map(({ name, usd }) => [money(usd), name])], paint),
    '',
    ...withHead([['$ more', 'with'], ...bill.extras.map(({ name, usd }) => [money(usd), name])], paint),
    '',
    ...withHead([['share', 'needed', 'of', 'quota'], ...bill.needs.filter(isNear).map(needRow)], paint),
    ...(first === undefined ? [] : ['', ...wrapped(firstMet(first), WIDTH)]),
    `Shards: ${bill.shards} for this (docs/cost.md).`,
  ].join('\n');
}

function headingOf(workload: Workload): string {
  const { stations, users, sessionsPerDay, minutesPerSession, daysPerMonth, pingsPerSession, panels } = workload;
  const kind = panels ? 'stations with panels' : stations === 1 ? 'web application' : 'web applications';
  const pings = pingsPerSession === 0 ? 'no pings' : `${counted(pingsPerSession)} pings each`;
  return (
    `${counted(stations)} ${kind}, ${counted(users)} users, ${counted(sessionsPerDay)} sessions a day on ` +
    `${counted(daysPerMonth)} days a month, ${counted(minutesPerSession)} minutes and ${pings}, ${counted(workload.shards)} shards; ` +
    `list prices of ${PRICES_REGION} as read on ${PRICES_READ_ON}`
  );
}

const platformRow = (bill: Bill, { name, usd }: Part<string>): string[] => {
  const quantities = bill.quantities.filter(({ priced }) => PRICES[priced].of === name);
  return [
    money(usd),
    name,
    quantities.map(({ priced, quantity }) => `${PRICES[priced].unit} ${inShort(quantity)}`).join(', '),
  ];
};

/** Of what is used by less than a thousandth nobody wants to know. */
const isNear = ({ share }: Need): boolean => share >= 0.001;

const needRow = ({ quota, need, share, atReboot }: Need): string[] => {
  const { name, limit, unit } = QUOTAS[quota];
  return [
    `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`.padStart(7),
    inShort(need),
    inShort(limit),
    `${unit}: ${name}${atReboot ? ', when all start again' : ''}`,
  ];
};

function firstMet({ quota, share, atReboot }: Need): string {
  const { name, raise } = QUOTAS[quota];
  const when = atReboot ? ' when all stations start again at once' : '';
  return share > 1
    ? `Not enough${when}: ${name}, first of all. Raise: ${raise}.`
    : `Met first${when}: ${name}. Raise, when that comes near: ${raise}.`;
}

function withHead(rows: readonly (readonly string[])[], paint: Paint): string[] {
  const [head = '', ...lines] = aligned(rows);
  return [paint('dim', head), ...lines];
}

const grouping = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const counted = (n: number): string => grouping.format(n);
const twoPlaces = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const dollars = (usd: number): string => twoPlaces.format(usd);
const money = (usd: number): string => dollars(usd).padStart(9);

const SHORT = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e4, 'k'],
] as const;

/** Three digits or so: `2.31M`, `45.1k`, `812`, `0.04`. */
function inShort(n: number): string {
  for (const [from, letter] of SHORT) {
    const unit = letter === 'k' ? 1e3 : from;
    if (n >= from)
      return `${(n / unit).toPrecision(3).replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros))}${letter}`;
  }
  return n >= 100 ? counted(Math.round(n)) : counted(Number(n.toPrecision(2)));
}

/** For programs: numbers as they are. */
export function billJson(bill: Bill): object {
  return {
    region: PRICES_REGION,
    pricesReadOn: PRICES_READ_ON,
    workload: bill.workload,
    usdPerMonth: bill.usd,
    idleUsdPerMonth: bill.idleUsd,
    usdPerThousandSessions: bill.usdPerThousandSessions,
    byPlatform: named(bill.byPlatform),
    byFeature: named(bill.byFeature),
    extras: named(bill.extras),
    quantities: bill.quantities.map(({ priced, quantity, usd }) => ({
      of: PRICES[priced].of,
      unit: PRICES[priced].unit,
      quantity,
      usd,
    })),
    shards: bill.shards,
    quotas: bill.needs.map(({ quota, need, share, atReboot }) => ({
      quota: QUOTAS[quota].name,
      unit: QUOTAS[quota].unit,
      need,
      limit: QUOTAS[quota].limit,
      share,
      atReboot,
      raise: QUOTAS[quota].raise,
    })),
  };
}

const named = (parts: readonly Part<string>[]): object => Object.fromEntries(parts.map(({ name, usd }) => [name, usd]));
