/**
 * Stands in for the store in which the SDK looks for the trace of one of many invocations at once, in the functions' bundles:
 * a container of ours has one at a time, whose trace is in the environment, where the SDK looks too.
 */
export const InvokeStore = { getInstanceAsync: async (): Promise<undefined> => undefined };
