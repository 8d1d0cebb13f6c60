/** A run on several cores, each in a process of its own, so that its heap is its own too. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Finding, Fuzz } from './run.ts';
import type { Share, Told } from './worker.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

export interface Spread extends Omit<Fuzz, 'findings' | 'heap'> {
  /** Each with the seed and the number of requests that find it again. */
  readonly findings: readonly (Finding & Share)[];
  /** By how much the heap of the process that grew most has grown, in bytes. */
  readonly heapGrowth: number;
}

export async function spread(
  { seed, requests }: Share,
  onProgress: (done: number, findings: number) => void = () => {},
): Promise<Spread> {
  const cores = Math.min(availableParallelism(), 8);
  const progress = new Map<number, { done: number; findings: number }>();
  const shares = Array.from({ length: cores }, (_, n) => ({
    seed: cores === 1 ? seed : seed * 1_000 + n,
    requests: Math.ceil(requests / cores),
  }));
  const parts = await Promise.all(
    shares.map((share) =>
      run(share, (told) => {
        progress.set(share.seed, told);
        const all = [...progress.values()];
        onProgress(sum(all.map(({ done }) => done)), sum(all.map(({ findings }) => findings)));
      }),
    ),
  );
  const statuses: Record<string, number> = {};
  for (const part of parts) {
    for (const [status, count] of Object.entries(part.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  }
  return {
    requests: sum(parts.map((part) => part.requests)),
    statuses,
    changed: sum(parts.map((part) => part.changed)),
    heardAgain: sum(parts.map((part) => part.heardAgain)),
    unproven: sum(parts.map((part) => part.unproven)),
    findings: parts.flatMap(({ findings }, n) => findings.map((finding) => ({ ...finding, ...(shares[n] as Share) }))),
    slowest: parts.map(({ slowest }) => slowest).reduce((a, b) => (a.ms > b.ms ? a : b)),
    heapGrowth: Math.max(...parts.map(({ heap }) => (heap === undefined ? 0 : heap.late - heap.early))),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

async function run(share: Share, onProgress: (told: { done: number; findings: number }) => void): Promise<Fuzz> {
  const child = fork(WORKER, { execArgv: ['--expose-gc', '--max-semi-space-size=64', '--import', 'tsx'] });
  let found: Fuzz | undefined;
  child.on('message', (told: Told) => {
    if ('fuzz' in told) found = told.fuzz;
    else onProgress(told);
  });
  child.send(share);
  const [code] = await once(child, 'exit');
  if (found === undefined) throw new Error(`seed ${share.seed} ended with ${code} and no result`);
  return found;
}
