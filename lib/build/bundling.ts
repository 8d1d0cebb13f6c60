/** How a function becomes one file, in the bundler's words: for what ships, and for whoever measures that. */
export const BUNDLING = {
  format: 'esm',
  mainFields: ['module', 'main'],
  minify: true,
  /** What only streaming operations load, and we ask for none. */
  external: ['@smithy/core/event-streams'],
  alias: { '@aws-sdk/credential-provider-node': './lib/aws/function-credentials.ts' },
} as const;
