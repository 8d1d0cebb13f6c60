/**
 * `npm run model`: checks docs/model with Spin. Exits with 1 if a property does not hold, or if a model that was broken
 * on purpose gets through; with 2 if Spin or a C compiler is missing.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

interface Check {
  readonly model: 'seat' | 'timers';
  /** What is checked, or what was broken. */
  readonly name: string;
  readonly defines: readonly string[];
  /** Checks the model's temporal property, not its assertions. */
  readonly temporal?: true;
  /** The property that must not hold; absent where all must. */
  readonly breaks?: string;
}

interface Outcome {
  readonly states: number;
  readonly complete: boolean;
  /** The property that was violated. */
  readonly violated?: string;
  readonly seconds: number;
}

const ORDER = ['TICKS=0', 'FUNCTIONS=1'];
const CLOCKS = ['TICKS=4', 'MESSAGES=3'];
const RENEWALS = [...CLOCKS, 'NO_FAREWELLS'];

/** Largest first, so that two cores finish together. */
const HOLDS: readonly Check[] = [
  { model: 'timers', name: 'two faults: announced', defines: ['FAULTS=2'], temporal: true },
  { model: 'seat', name: 'three messages, clocks', defines: [...CLOCKS, 'FUNCTIONS=1'] },
  { model: 'timers', name: 'two faults: how late', defines: ['FAULTS=2', 'LATEST=7'] },
  { model: 'seat', name: 'logins and pings, two functions', defines: RENEWALS },
  { model: 'seat', name: 'two messages, two functions', defines: ['TICKS=5', 'MESSAGES=2'] },
  { model: 'seat', name: 'five messages in any order', defines: [...ORDER, 'MESSAGES=5'] },
  { model: 'seat', name: 'four messages, two functions', defines: ['TICKS=0', 'MESSAGES=4'] },
  { model: 'timers', name: 'one fault: how late', defines: ['FAULTS=1', 'LATEST=3'] },
  { model: 'timers', name: 'no faults: how late', defines: ['FAULTS=0', 'LATEST=2'] },
  { model: 'timers', name: 'timers alone', defines: ['FAULTS=0', 'LATEST=2', 'NO_BACKSTOP'] },
  { model: 'timers', name: 'backstop alone', defines: ['FAULTS=0', 'LATEST=3', 'NO_TIMERS'] },
];

const broken = (model: Check['model'], fault: string, name: string, breaks: string, ...defines: string[]): Check => ({
  model,
  name,
  breaks,
  defines: [`BREAK_${fault}`, ...defines],
});

const CAUGHT: readonly Check[] = [
  broken('seat', 'NO_MARGIN', 'a login needs no margin', 'never two', ...RENEWALS),
  broken('seat', 'SIGNS_OF_LIFE_MOVE_BACK', 'an overtaken ping moves the lease back', 'never two', ...RENEWALS),
  broken('seat', 'SWEEP_WITHOUT_MARGIN', 'a sweep needs no margin', 'never early', ...RENEWALS),
  broken('seat', 'SWEEP_WITHOUT_CONDITION', 'a sweep asks no condition', 'never early', ...RENEWALS),
  broken('seat', 'TAKEN_UNTIL_SWEPT', 'a seat is taken until it is swept', 'never late', ...RENEWALS),
  broken('seat', 'PINGS_MOVE_THE_MAXIMUM', 'pings move the maximum', 'never late', ...RENEWALS, 'TICKS=5'),
  broken('seat', 'EPOCH_IS_THE_CLOCK', 'the epoch is just the clock', 'epochs grow', 'TICKS=4', 'MESSAGES=2'),
  broken('seat', 'NO_EPOCH_CHECK', 'the epoch of a handle is not asked', 'never back', ...CLOCKS),
  broken('seat', 'TAKE_WITHOUT_CONDITION', 'what was decided is written unasked', 'never back', ...CLOCKS),
  broken('seat', 'LATE_LOGIN_OPENS', 'a login past its first deadline opens', 'never back', ...RENEWALS),
  broken('seat', 'NO_ORDER', 'occurredAt is not asked', 'never back', ...ORDER, 'MESSAGES=4'),
  broken('seat', 'WORD_NOT_KEPT', 'a logout that finds nobody is forgotten', 'never back', ...ORDER, 'MESSAGES=4'),
  broken(
    'seat',
    'WORD_NOT_KEPT_BESIDE_A_HOLDER',
    'the same, only while another station holds the seat',
    'never back',
    ...ORDER,
    'MESSAGES=4',
  ),
  broken(
    'seat',
    'OTHER_STATION_FORGOTTEN',
    "two sessions push out the other station's word",
    'never back',
    ...ORDER,
    'MESSAGES=5',
  ),
  broken(
    'seat',
    'LOGIN_THAT_WENT_ON_FORGOTTEN',
    'a login that went on with a session is not known again',
    'never back',
    ...ORDER,
    'MESSAGES=4',
  ),
  broken('timers', 'SWEEP_WITHOUT_MARGIN', 'a sweep needs no margin', 'never early', 'FAULTS=0'),
  broken('timers', 'SWEEP_WITHOUT_CONDITION', 'a sweep asks no condition', 'never early', 'FAULTS=0'),
  broken('timers', 'RUNG_CLIMBS', 'a slow clock takes a rung back', 'announced once', 'FAULTS=0'),
  broken('timers', 'DUE_NOT_CALLED_BACK', 'due stays when a deadline moves sooner', 'due in time', 'FAULTS=0'),
  broken('timers', 'POSTPONED_PAST_THE_SLOT', 'a sweep postpones by a slot too many', 'due in time', 'FAULTS=0'),
  broken('timers', 'SLOT_WITHOUT_MARGIN', 'a slot has no margin', 'announced in time', 'FAULTS=0', 'LATEST=2'),
  broken(
    'timers',
    'SOONER_SLOT_UNARMED',
    'a slot that came sooner has no timer',
    'announced in time',
    'FAULTS=0',
    'LATEST=2',
  ),
  broken(
    'timers',
    'ALIVE_UNARMED',
    'a sweep that finds a session alive arms nothing',
    'announced in time',
    'FAULTS=0',
    'LATEST=2',
  ),
  broken(
    'timers',
    'LEAD_IS_A_TICK',
    'a timer that fired early is armed again by the same name',
    'announced in time',
    'FAULTS=0',
    'LATEST=2',
  ),
  {
    model: 'timers',
    name: 'a timer is lost, and there is no backstop',
    breaks: 'never silent',
    defines: ['FAULTS=1', 'NO_BACKSTOP'],
    temporal: true,
  },
];

const MODELS = fileURLToPath(new URL('../docs/model/', import.meta.url));
const run = promisify(execFile);

if (!(await isThere('spin', '-V')) || !(await isThere('cc', '--version'))) {
  console.error('This needs Spin 6.5 and a C compiler: `apt-get install spin gcc` on Debian and Ubuntu.');
  process.exit(2);
}
const verdicts = await inParallel([...HOLDS, ...CAUGHT], availableParallelism(), async (check) => {
  const outcome = await carryOut(check);
  const isRight = outcome.violated === check.breaks && (check.breaks !== undefined || outcome.complete);
  console.log(line(check, outcome, isRight));
  return isRight;
});
const wrong = verdicts.filter((isRight) => !isRight).length;
console.log(`${verdicts.length - wrong} passed, ${wrong} failed`);
process.exitCode = wrong === 0 ? 0 : 1;

function line({ model, name, breaks }: Check, outcome: Outcome, isRight: boolean): string {
  const { states, violated, complete, seconds } = outcome;
  const said = violated ?? (complete ? 'holds' : 'not searched to its end');
  const figures = `${states.toLocaleString('en').padStart(12)} states ${seconds.toFixed(1).padStart(5)} s`;
  return `${isRight ? 'ok   ' : 'WRONG'} ${model.padEnd(6)} ${figures}  ${name}: ${breaks === undefined ? '' : 'broken, caught by '}${said}`;
}

/** Spin makes a program that searches all states; this builds and runs it in a directory of its own. */
async function carryOut({ model, defines, temporal, breaks }: Check): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'curfew-model-'));
  const source = join(MODELS, `${model}.pml`);
  const settings = defines.map((define) => `-D${define}`);
  const here = { cwd: directory, maxBuffer: 1e9 };
  const began = performance.now();
  try {
    await run('spin', ['-a', ...settings, source], here);
    const only = temporal ? [] : ['-DSAFETY', '-DNOCLAIM'];
    // What was broken is found in few states: compiling it well would take longer.
    const speed = breaks === undefined ? '-O2' : '-O0';
    await run('cc', ['-w', speed, '-DCOLLAPSE', '-DVECTORSZ=512', ...only, '-o', 'pan', 'pan.c'], here);
    // Functions, which go on for ever, end nowhere in a seat's model: -E.
    const how = temporal ? ['-a'] : model === 'seat' ? ['-E'] : [];
    const { stdout } = await run('./pan', [...how, '-m8000000', '-w24'], here);
    const violated = stdout.includes('errors: 0') ? undefined : temporal ? 'never silent' : await assertion();
    return {
      states: Number(/(\d+) states, stored/.exec(stdout)?.[1] ?? 0),
      complete: !/max search depth too small|Search not completed|out of memory/.test(stdout),
      ...(violated === undefined ? {} : { violated }),
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    await rm(directory, { recursive: true });
  }

  /** Replays the counterexample: the comment behind the assertion that failed names the property. */
  async function assertion(): Promise<string> {
    const replay = await run('spin', ['-k', `${model}.pml.trail`, ...settings, source], here).catch(({ stdout }) => ({
      stdout: String(stdout),
    }));
    const at = Number(/\.pml:(\d+), Error: assertion violated/.exec(replay.stdout)?.[1] ?? 0);
    const text = (await readFile(source, 'utf8')).split('\n')[at - 1] ?? '';
    return /\/\* ([a-z ]+)(?::.*)? \*\//.exec(text)?.[1] ?? 'something else';
  }
}

async function isThere(program: string, flag: string): Promise<boolean> {
  return run(program, [flag]).then(
    () => true,
    () => false,
  );
}

/** In the order given, so many at a time. */
async function inParallel<A, B>(items: readonly A[], width: number, work: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [n, item] of queue) results[n] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
