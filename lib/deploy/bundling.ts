/** How a function becomes one file, in the bundler's words: for the stack, and for whoever measures what the stack deploys. */
export const BUNDLING = {
  format: 'esm',
  mainFields: ['module', 'main'],
  minify: true,
  /** What only streaming operations load, and we ask for none. */
  external: ['@smithy/core/event-streams'],
  alias: { '@aws-sdk/credential-provider-node': './lib/aws/function-credentials.ts' },
} as const;
