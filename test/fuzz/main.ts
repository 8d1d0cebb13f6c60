/** `npm run fuzz`: hostile requests at the real applications, for as long as one likes. */
import { program } from 'commander';
import { spread } from './spread.ts';

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) program.error(`"${text}" is no whole number`);
  return value;
};

const { requests, seed } = program
  .name('npm run fuzz --')
  .description('Hostile requests at the real applications over the ports in memory.')
  .option('--requests <count>', 'how many, over all cores', number, 1_000_000)
  .option('--seed <seed>', 'which ones', number, 1)
  .parse()
  .opts<{ requests: number; seed: number }>();

/** What a run may leave behind: far more than what containers remember, far less than a leak of a byte in each request. */
const GROWTH_MAX_MB = 32;

const startedAt = performance.now();
const seconds = () => (performance.now() - startedAt) / 1_000;
let toldAt = startedAt;
const run = await spread({ requests, seed }, (done, findings) => {
  if (performance.now() - toldAt < 5_000) return;
  toldAt = performance.now();
  console.error(`${seconds().toFixed(0)} s: ${done.toLocaleString('en')} requests, ${findings} findings`);
});

const rate = Math.round(run.requests / seconds());
console.log(
  `${run.requests.toLocaleString('en')} requests in ${seconds().toFixed(0)} s, ${rate.toLocaleString('en')} a second`,
);
console.log(
  Object.entries(run.statuses)
    .map(([status, count]) => `${status}: ${count}`)
    .join(', '),
);
console.log(
  `${run.unproven} of nobody known; ${run.changed} changed something; ${run.heardAgain} signed ones came again`,
);
console.log(`slowest: ${run.slowest.ms.toFixed(1)} ms, ${run.slowest.shot.slice(0, 200)}`);
const growth = run.heapGrowth / 1024 / 1024;
console.log(`heap at the end, against that at a tenth: ${growth < 0 ? '' : '+'}${growth.toFixed(1)} MB`);
for (const { what, at, shot, ...share } of run.findings) {
  console.log(`\nrequest ${at} of ${JSON.stringify(share)}: ${what}\n  ${shot}`);
}
console.log(run.findings.length === 0 ? 'no findings' : `${run.findings.length} findings`);
process.exitCode = run.findings.length === 0 && growth < GROWTH_MAX_MB ? 0 : 1;
