import { configDefaults, defineConfig } from 'vitest/config';

/** The fast tests of the core and of its expressions: each is run once for each mutant that it reaches. */
export default defineConfig({
  test: {
    include: ['test/{session,service,memory}/**/*.test.ts', 'test/aws/{contract,seat-item,recorded,once}.test.ts'],
    // Random histories take seconds, and notice little that the others do not.
    exclude: [
      ...configDefaults.exclude,
      '**/*.long.test.ts',
      'test/session/{bound,descent,doubled,jobs-told,rungs}.test.ts',
    ],
    isolate: false,
    // The first run measures, beside whatever else the machine does.
    testTimeout: 60_000,
  },
});
