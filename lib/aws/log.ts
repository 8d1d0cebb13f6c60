/**
 * The log as CloudWatch takes it: a line of JSON for each thing that is said, on standard output. By hand, for a logger of
 * the vendor's takes ten times as long over a line, and is a twentieth of a function.
 */
import { present } from '../present.ts';
import { type Clock, toRfc3339 } from '../time.ts';

export interface Log {
  /** @param what fields that are no secret, and no name of a user */
  info(message: string, what: object): void;
  error(message: string, error: unknown): void;
}

export interface LogOptions {
  readonly clock: Clock;
  /** Which Curfew says it. */
  readonly version: string;
  /** As Lambda's logging configuration has it: from WARN on only errors are said, with FATAL nothing. @default INFO */
  readonly level?: string | undefined;
  /** Of the invocation, as X-Ray names it: `Root=1-…;Parent=…`. */
  readonly trace: () => string | undefined;
}

const SAID_AT: Readonly<Record<'INFO' | 'ERROR', ReadonlySet<string>>> = {
  INFO: new Set(['TRACE', 'DEBUG', 'INFO']),
  ERROR: new Set(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR']),
};

export function cloudWatchLog({ clock, version, level: from = 'INFO', trace }: LogOptions): Log {
  const say = (level: 'INFO' | 'ERROR', message: string, what: object): void => {
    if (!SAID_AT[level].has(from)) return;
    const xray_trace_id = /Root=([^;]+)/.exec(trace() ?? '')?.[1];
    const line = {
      level,
      message,
      timestamp: toRfc3339(clock()),
      service: 'curfew',
      version,
      ...present({ xray_trace_id }),
      ...what,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  return {
    info: (message, what) => say('INFO', message, what),
    error: (message, error) => say('ERROR', message, { error: told(error) }),
  };
}

/** What else an error has may be an item, which names a user. */
function told(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const { name, message, stack, cause, code, $metadata } = error as Error & { code?: unknown; $metadata?: unknown };
  return present({ name, message, stack, code, $metadata, cause: cause === undefined ? undefined : told(cause) });
}
