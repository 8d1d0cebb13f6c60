import { configDefaults, defineConfig } from 'vitest/config';

const exclude = [...configDefaults.exclude, 'test/deployed/**', 'test/outside/**'];

/** Files that run once more with each of their writes sent twice, as the SDK does where the first answer was lost. */
const bothWays = ['administrator', 'forgetting', 'journal', 'keys'].map((name) => `test/functions/${name}.test.ts`);

/** `npm test`. What needs an AWS emulator, or a tester of others, has its own: vitest.deployed.config.ts, vitest.outside.config.ts. */
export default defineConfig({
  test: {
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    projects: [
      { extends: true, test: { name: 'curfew', include: ['test/**/*.test.ts'], exclude } },
      { extends: true, test: { name: 'writes twice', include: bothWays, env: { CURFEW_TEST_WRITES: 'twice' } } },
    ],
  },
});
