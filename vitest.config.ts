import { configDefaults, defineConfig } from 'vitest/config';

/** `npm test`. What needs an AWS emulator has its own: vitest.deployed.config.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/deployed/**'],
  },
});
