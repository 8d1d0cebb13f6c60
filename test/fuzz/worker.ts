/** One core's share of a run. */
import { fuzz } from './run.ts';

export interface Share {
  readonly seed: number;
  readonly requests: number;
}

export type Told =
  | { readonly done: number; readonly findings: number }
  | { readonly fuzz: Awaited<ReturnType<typeof fuzz>> };

const tell = (told: Told): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(told, () => resolve());
  });

process.once('message', async (share: Share) => {
  await tell({ fuzz: await fuzz({ ...share, onProgress: (done, findings) => void tell({ done, findings }) }) });
  process.disconnect();
});
