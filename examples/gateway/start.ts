/** `npm run gateway`: a Curfew of its own, a gateway and its printers, and what happens at them. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Option, program } from 'commander';
import { startOwnCurfew } from '../own-curfew.ts';
import { createOperator } from './operator.ts';
import { Deviation, tell } from './story.ts';

const REALM = 'gateway-demo';
const REALMS_FILE = fileURLToPath(new URL('realms.json', import.meta.url));

const { realms } = program
  .name('npm run gateway --')
  .description(
    'A gateway in front of pretend printers, and a Curfew of its own; exits with 1 if a step is not as it should be.',
  )
  .addOption(new Option('--realms <file>', `a realms file with a realm "${REALM}"`).default(REALMS_FILE, 'its own'))
  .parse()
  .opts<{ readonly realms: string }>();

const stopping = new AbortController();
const stopped = once(stopping.signal, 'abort');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

const curfew = await startOwnCurfew(realms);
if (curfew === undefined) process.exit(1);
const curfewEnded = curfew.stopped.then(() => {
  if (!stopping.signal.aborted) throw new Error('Curfew has ended.');
});
const { url, operatorKey } = curfew;
try {
  const operator = createOperator({ url, key: operatorKey, realm: REALM });
  await Promise.race([tell({ url, operator, print: console.log }), stopped, curfewEnded]);
} catch (error) {
  const what = error instanceof Deviation ? 'This is not what should have happened: ' : '';
  console.error(`\n${what}${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
if (stopping.signal.aborted) process.exitCode = 130;
stopping.abort();
await curfew.stop();
process.exit();
