/** What the functions log and count is made in full, and read by nobody: a terminal's pace is none of theirs. */
export async function inSilence<T>(act: () => Promise<T>): Promise<T> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    return await act();
  } finally {
    process.stdout.write = write;
  }
}
