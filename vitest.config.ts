import { configDefaults, defineConfig } from 'vitest/config';

/** Files that run the functions, which read their environment as they are imported, or change what a process has one of. */
const ALONE = [
  'test/{aws,bench,console,cost,examples,functions,local}/**/*.test.ts',
  'test/command/{finding,operators,printed-docs,watch}.test.ts',
  'test/deploy/alarms-tried.test.ts',
];
/** Files that run once more with each of their writes sent twice, as the SDK does where the first answer was lost. */
const BOTH_WAYS = 'test/functions/{administrator,audit,forgetting,journal,keys,rungs,rungs-shown,signed}.test.ts';
const ELSEWHERE = [...configDefaults.exclude, 'test/**/*.long.test.ts', 'test/{deployed,outside}/**'];

/**
 * `npm test`: what a change of code needs to know within minutes. A file that takes longer is named `*.long.test.ts`, for
 * vitest.long.config.ts; what needs an AWS emulator, or a tester of others, has a configuration of its own too.
 */
export default defineConfig({
  test: {
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // All cores; and a machine may be busy.
    maxWorkers: '100%',
    testTimeout: 20_000,
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE, exclude: ELSEWHERE } },
      { extends: true, test: { name: 'writes twice', include: [BOTH_WAYS], env: { CURFEW_TEST_WRITES: 'twice' } } },
      {
        // These import what they need once for all files of a worker: the CDK alone takes seconds.
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...ELSEWHERE, ...ALONE],
          isolate: false,
        },
      },
    ],
  },
});
