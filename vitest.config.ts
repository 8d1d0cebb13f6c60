import { configDefaults, defineConfig } from 'vitest/config';

/** `npm test`. What needs an AWS emulator has its own: vitest.deployed.config.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    exclude: [...configDefaults.exclude, 'test/deployed/**'],
  },
});
