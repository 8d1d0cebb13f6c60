import { defineConfig } from 'vitest/config';

/** `npm run test:outside`: testers of others, against the system on this machine. Needs Python. */
export default defineConfig({
  test: {
    include: ['test/outside/**/*.test.ts'],
    // Most of it is installing the tester, the first time.
    testTimeout: 300_000,
    reporters: 'verbose',
  },
});
