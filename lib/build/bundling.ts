/** How a function is bundled, in the bundler's words: for what ships, and for whoever measures that. */
export const BUNDLING = {
  format: 'esm',
  mainFields: ['module', 'main'],
  minify: true,
  /** What few requests need is in files of its own, and read when it is first needed. */
  splitting: true,
  /** In an account the realms file is no variable: what would read one is left out. */
  define: { 'process.env.CURFEW_REALMS_JSON': 'undefined' },
  /** What only streaming operations load, and we ask for none; and what only browsers do. */
  external: ['@smithy/core/event-streams', 'bowser'],
  alias: {
    '@aws-sdk/credential-provider-node': './lib/aws/function-credentials.ts',
    '@aws/lambda-invoke-store': './lib/aws/no-invoke-store.ts',
    'mnemonist/lru-cache': './lib/aws/endpoints-found.ts',
  },
} as const;
