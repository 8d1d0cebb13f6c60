/** Makes a `switch` that forgets a case fail to compile. */
export function assertNever(value: never): never {
  throw new Error(`unforeseen case: ${JSON.stringify(value)}`);
}
