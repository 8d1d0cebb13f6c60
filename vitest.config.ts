import { configDefaults, defineConfig } from 'vitest/config';

/** `npm test`. What needs an AWS emulator, or a tester of others, has its own: vitest.deployed.config.ts, vitest.outside.config.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    exclude: [...configDefaults.exclude, 'test/deployed/**', 'test/outside/**'],
  },
});
