/** `npm run simulate`: lives through seeds on all cores; one again as a story, shortened; or with faults planted. */
import { program } from 'commander';
import { HOUR } from '../../lib/time.ts';
import { FAULTS } from './faults.ts';
import { fleetPlanOf } from './fleet.ts';
import { planOf } from './plan.ts';
import { run, type Summary, YEAR_MS } from './run.ts';
import { shorten } from './shorten.ts';
import { live } from './simulate.ts';

const SEEDS = 2_000;
/** Of campuses, each of which is thousands of times as much. */
const CAMPUSES = 10;
/** Seeds in which a planted fault must be caught. */
const BUDGET = 2_000;

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) program.error(`"${text}" is no number`);
  return value;
};

program
  .name('npm run simulate --')
  .description('The shipped code in a world of virtual time in which everything goes wrong, against the promises.')
  .option('--fleet', 'campuses over weeks, with offices’ hours, gateways and power cuts, instead of small dense worlds')
  .option('--seeds <count>', `how many seeds (${SEEDS}; ${CAMPUSES} campuses)`, number)
  .option('--hours <hours>', 'for so long instead', number)
  .option('--years <years>', 'until so many station-years have been lived instead', number)
  .option('--from <seed>', 'the first seed', number, 0)
  .option('--seed <seed>', 'this one as a story; where it breaks a promise, the shortest story that still does', number)
  .option('--faults', `plant ${FAULTS.length} faults, one after the other: each must be caught within ${BUDGET} seeds`)
  .option('--markdown', 'with --faults: the table of docs/proof.md')
  .parse();

const {
  fleet = false,
  seeds = fleet ? CAMPUSES : SEEDS,
  hours,
  years,
  from,
  seed,
  faults,
  markdown,
} = program.opts<{
  fleet?: boolean;
  seeds?: number;
  hours?: number;
  years?: number;
  from: number;
  seed?: number;
  faults?: boolean;
  markdown?: boolean;
}>();

if (seed !== undefined) await tell(seed);
else if (faults) await plant();
else await simulate();

async function simulate(): Promise<void> {
  const startedAt = performance.now();
  let toldAt = 0;
  let lived = 0;
  let events = 0;
  let stationMs = 0;
  const summary = await run({
    from,
    ...(fleet ? { fleet: {} } : {}),
    goesOn: (count) => shareDone(count) < 1,
    onSeen: (seen, count) => {
      lived = count;
      events += seen.events;
      stationMs += seen.stationMs;
      for (const { promise, what } of seen.violations.slice(0, 1))
        console.log(`seed ${seen.seed}: ${promise}: ${what}`);
      if (performance.now() - toldAt < 5_000) return;
      toldAt = performance.now();
      const seconds = (toldAt - startedAt) / 1_000;
      const left = seconds / shareDone(lived) - seconds;
      console.error(
        `${seconds.toFixed(0)} s: ${count} seeds, ${stationYears().toFixed(1)} station-years, ` +
          `${Math.round(events / seconds)} events/s, about ${Math.max(0, left).toFixed(0)} s left`,
      );
    },
  });
  function stationYears(): number {
    return stationMs / YEAR_MS;
  }
  function shareDone(count: number): number {
    if (hours !== undefined) return (performance.now() - startedAt) / (hours * HOUR);
    return years === undefined ? count / seeds : stationYears() / years;
  }
  report(summary);
  process.exitCode = summary.broken.length === 0 ? 0 : 1;
}

function report(summary: Summary): void {
  const { events, seconds, cores, stationYears, sessions, broken, tightness, verdicts, happenings } = summary;
  const rate = Math.round(events / seconds / cores).toLocaleString('en');
  console.log(
    `${summary.seeds} seeds, ${sessions.toLocaleString('en')} sessions, ${events.toLocaleString('en')} events in ${seconds.toFixed(0)} s: ` +
      `${rate} events a second and core (${cores}), ${stationYears.toFixed(1)} station-years`,
  );
  for (const [profile, share] of tightness)
    console.log(`bound of ${profile}: reached to ${(100 * share).toFixed(3)} %`);
  console.log([...verdicts].map(([verdict, count]) => `${verdict} ${count}`).join(', '));
  if (happenings.size > 0) console.log([...happenings].map(([what, count]) => `${what} ${count}`).join(', '));
  const seedsBroken = broken.map((one) => one.seed);
  if (broken.length === 0) console.log('every promise was kept');
  else
    console.log(
      `promises were broken at ${broken.length} seeds; npm run simulate -- ${fleet ? '--fleet ' : ''}--seed ${seedsBroken[0]}`,
    );
}

async function tell(one: number): Promise<void> {
  const whole = fleet ? fleetPlanOf(one) : planOf(one);
  const { violations } = await live(whole);
  const plan = violations.length === 0 ? whole : await shorten(whole, (left) => console.error(`${left} actions left`));
  const { actions, stations, fields } = plan;
  console.log(`seed ${one}: ${JSON.stringify(fields)}, ${stations.length} stations, ${actions.length} actions`);
  for (const station of stations) console.log(`  ${JSON.stringify(station)}`);
  const lived = await live(plan, (line) => console.log(line));
  console.log(
    lived.violations.length === 0 ? 'every promise was kept' : `${lived.violations.length} times a promise was broken`,
  );
  process.exitCode = lived.violations.length === 0 ? 0 : 1;
}

async function plant(): Promise<void> {
  let caught = 0;
  if (markdown) console.log('| fault | caught by | at seed |\n|---|---|---|');
  for (const [n, fault] of FAULTS.entries()) {
    const { broken, seeds: lived } = await run({ from, goesOn: (count) => count < BUDGET, fault, untilBroken: true });
    const [first] = broken;
    if (first !== undefined) caught++;
    const by = first?.violations[0]?.promise ?? 'NOT CAUGHT';
    const at = first === undefined ? `none of ${lived}` : `${first.seed}`;
    console.log(
      markdown ? `| ${fault.name} | ${by} | ${at} |` : `${String(n + 1).padStart(2)}  ${fault.name}: ${by}, seed ${at}`,
    );
  }
  const { broken, seeds: lived } = await run({ from, goesOn: (count) => count < BUDGET });
  console.log(
    `${markdown ? '\n' : ''}${caught} of ${FAULTS.length} caught; without a fault ${broken.length} of ${lived} seeds break a promise`,
  );
  process.exitCode = caught === FAULTS.length && broken.length === 0 ? 0 : 1;
}
