/** Whoever is measured: Curfew, and what people would use instead. */
import type { Likeness, Operation } from '../seats.ts';

export interface Peer {
  readonly name: string;
  /** What it must have before anything is measured: its tables in an engine that is empty, this many seats. Not timed. */
  prepare(seats: number, likeness: Likeness): Promise<void>;
  /** Those that it knows, each at one seat; a seat goes through them in the order of `OPERATIONS`. Throws unless it did what it should. */
  readonly operations: { readonly [O in Operation]?: (seat: number) => Promise<void> };
  close(): void;
}

export function expectThat(holds: boolean, peer: string, what: string): void {
  if (!holds) throw new Error(`${peer}: ${what}`);
}
