/** `npm run portal`: Curfew, two web applications in front of it, and what is announced. With `--walk`, their users too. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, Option, program } from 'commander';
import { openEvents } from '../../lib/local/event-reader.ts';
import { eventLine } from '../../lib/local/terminal.ts';
import { startOwnCurfew } from '../own-curfew.ts';
import { type Applications, startApplications } from './applications.ts';
import { createOperator, type Lengths } from './operator.ts';
import { Deviation, walk } from './walk.ts';

const REALM = 'portal-demo';
const REALMS_FILE = fileURLToPath(new URL('realms.json', import.meta.url));
const PARENT_EVERY_MS = 500;

const options = program
  .name('npm run portal --')
  .description('Two web applications in front of a Curfew of their own, whose sessions decay in seconds.')
  .option('--walk', 'play the whole ladder with users of its own; exits with 1 if a step is not as it should be')
  .addOption(
    new Option('--port <number>', "the portal's port; the admin console has the next one, or both any free ones for 0")
      .default(4610)
      .argParser(toPort),
  )
  .addOption(new Option('--realms <file>', `a realms file with a realm "${REALM}"`).default(REALMS_FILE, 'its own'))
  .parse()
  .opts<{ readonly walk?: true; readonly port: number; readonly realms: string }>();

/** Whoever says none does not mind which one the walk takes. */
const isPortSaid = program.getOptionValueSource('port') === 'cli';

const stopping = new AbortController();
const stopped = once(stopping.signal, 'abort');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
// The shell in which npm starts us passes no signal on: where npm is gone, so are we.
const parent = process.ppid;
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => process.ppid !== parent && stopping.abort(), PARENT_EVERY_MS).unref();
}

const curfew = await startOwnCurfew(options.realms);
if (curfew === undefined) process.exit(1);
const curfewEnded = curfew.stopped.then(() => {
  if (!stopping.signal.aborted) throw new Error('Curfew has ended.');
});
try {
  await Promise.race([run(curfew), stopped, curfewEnded]);
} catch (error) {
  const what = error instanceof Deviation ? 'This is not what should have happened: ' : '';
  console.error(`\n${what}${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
if (options.walk && stopping.signal.aborted) process.exitCode = 130;
stopping.abort();
await curfew.stop();
process.exit();

async function run({ url, operatorKey }: { readonly url: string; readonly operatorKey: string }): Promise<void> {
  const operator = createOperator({ url, key: operatorKey, realm: REALM });
  const lengths = await operator.lengths();
  const applications = await startApplications({
    url,
    operator,
    lengths,
    port: isPortSaid || !options.walk ? options.port : 0,
  });
  const announced = await openEvents({ url, operatorKey, since: 0, signal: stopping.signal });
  if (options.walk) return walk({ ...applications, operator, lengths, announced, print: console.log });
  console.log(banner(applications, lengths, url));
  for await (const { event } of announced) console.log(eventLine(event));
}

function banner({ portal, adminConsole }: Applications, lengths: Lengths, url: string): string {
  const [idle, lease, failover, token] = [lengths.idle, lengths.lease, lengths.failover, lengths.logonToken].map(
    (length) => `${length / 1_000} s`,
  );
  return `Two web applications, their sessions kept by a Curfew of their own (${url}):

  Reporting portal  ${portal}
  Admin console     ${adminConsole}

Open the portal, log in as anybody (the password is "demo"), write half a filter, and leave it alone: idle after ${idle},
out ${lease} later, in failover for ${failover} more, remembered until ${token} after the login. Come back whenever you like.
What is announced appears here. Ctrl-C ends everything.
`;
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_534) throw new InvalidArgumentError('A port is a number from 0 to 65534.');
  return port;
}
