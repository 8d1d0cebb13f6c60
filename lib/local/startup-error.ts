/** Why the system cannot start, in one line that says what to do about it. Anything else that is thrown is a fault. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

/** The operating system's word for what went wrong (`EACCES`, `ENOENT`), or the error's own. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
