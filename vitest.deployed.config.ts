import { defineConfig } from 'vitest/config';

/** `npm run test:deployed`: the real stack, deployed into an AWS emulator. Time passes there; a test polls for it. */
export default defineConfig({
  test: {
    include: ['test/deployed/**/*.test.ts'],
    globalSetup: 'test/deployed/setup.ts',
    // Workers start with the environment that the set-up leaves, the emulator's certificate among it.
    pool: 'forks',
    fileParallelism: false,
    // A deadline, the slot that it rounds up to, the Scheduler's own minute, and a slow machine.
    testTimeout: 300_000,
    reporters: 'verbose',
  },
});
