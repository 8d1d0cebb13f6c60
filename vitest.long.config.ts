import { configDefaults, defineConfig } from 'vitest/config';

/** `npm run test:long`: what takes minutes. Many seeds and requests, processes that are killed, stories in real time, a browser. */
export default defineConfig({
  test: {
    include: ['test/**/*.long.test.ts'],
    exclude: configDefaults.exclude,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // Much of it waits for time to pass.
    maxWorkers: '150%',
    testTimeout: 20_000,
    // A second is too little for a browser beside the other files.
    expect: { poll: { timeout: 10_000 } },
  },
});
