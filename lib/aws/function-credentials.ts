/**
 * Stands in for the SDK's chain of places where credentials may be, in the functions' bundles: Lambda has them in the
 * environment. The chain is a fifth of a bundle, and every cold start would read it.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
