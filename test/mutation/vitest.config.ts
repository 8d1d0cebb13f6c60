import { defineConfig } from 'vitest/config';

/** The fast tests of the core and of its expressions: each is run once a mutant. */
export default defineConfig({
  test: {
    include: ['test/{session,service}/**/*.test.ts'],
    exclude: ['test/**/*.long.test.ts'],
    isolate: false,
  },
});
