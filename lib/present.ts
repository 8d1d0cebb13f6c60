/** Only the properties that have a value: what may be `undefined` becomes what may be absent. */
export function present<T extends object>(values: T): Present<T> {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) given[name] = value;
  return given as Present<T>;
}

export type Present<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};
