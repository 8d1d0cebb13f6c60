/** What is wrong with a request, said with the name of the field. */
import type * as z from 'zod/mini';

/** One thing wrong with a request, by the field at fault. */
export interface Fault {
  readonly field: string;
  readonly detail: string;
}

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export const fault = (field: string, detail: string): { ok: false; faults: Fault[] } => ({
  ok: false,
  faults: [{ field, detail }],
});

export const faultsOf = (error: z.core.$ZodError): Fault[] =>
  error.issues.map(({ path, message }) => ({ field: path.length === 0 ? 'body' : path.join('.'), detail: message }));
