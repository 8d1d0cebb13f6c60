/**
 * Text that is appended to a file: the functions' log. It must not end what it tells of: what cannot be written is lost, and
 * that is said in one line, as is the end of it.
 */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { unusable } from './data.ts';
import { reasonOf } from './startup-error.ts';

export interface TextLogOptions {
  /** From `bytesMax` on it becomes `<file>.old`, in the place of the one before. */
  readonly file: string;
  readonly bytesMax: number;
  readonly say: (line: string) => void;
}

/** Resolves to what appends. Throws a `StartupError` if the file cannot be opened. */
export function openTextLog({ file, bytesMax, say }: TextLogOptions): (text: string) => void {
  const open = () => openSync(file, 'a', 0o600);
  let descriptor: number;
  try {
    descriptor = open();
  } catch (error) {
    throw unusable(file, error);
  }
  let size = fstatSync(descriptor).size;
  let lost = 0;

  const rotate = () => {
    renameSync(file, `${file}.old`);
    closeSync(descriptor);
    descriptor = open();
    size = 0;
  };
  const write = (text: string) => {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    size += bytes.length;
  };

  return (text) => {
    try {
      if (size >= bytesMax) rotate();
      // Of what failed a part may stand there, without the end of its line.
      write(lost > 0 ? `\n${text}` : text);
      if (lost > 0) say(`${file} is written again; ${lost} writes to it were lost`);
      lost = 0;
    } catch (error) {
      if (lost === 0)
        say(`${file} cannot be written (${reasonOf(error)}): what the functions log is lost until it can`);
      lost += 1;
    }
  };
}
