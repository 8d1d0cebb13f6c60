/** Work in a process of its own, as each container of a function is one: its environment, its modules and its heap. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Report } from './part.ts';

type Message<Result> = { readonly line: string } | { readonly result: Result };

/** @param file beside this one; it calls `whenGiven` */
export function apart<Given extends object, Result>(file: string, given: Given, report: Report): Promise<Result> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['--expose-gc', '--import', 'tsx'],
    // What functions log and count is made in full, and read by nobody.
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send(given);
  return new Promise((resolve, reject) => {
    child.on('message', (message: Message<Result>) => {
      if ('line' in message) report(message.line);
      else resolve(message.result);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} and no result`)));
  });
}

export function whenGiven<Given, Result>(work: (given: Given, report: Report) => Promise<Result>): void {
  const send = (message: Message<Result>) => process.send?.(message);
  process.once('message', async (given) => {
    const result = await work(given as Given, (line) => send({ line }));
    process.send?.({ result } satisfies Message<Result>, () => process.exit());
  });
  // Whatever becomes of who started it, it does not stay behind.
  process.once('disconnect', () => process.exit());
}
