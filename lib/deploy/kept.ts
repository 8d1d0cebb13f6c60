/** What a deployment keeps, and what becomes of it. */
import { RemovalPolicy } from 'aws-cdk-lib';

/** Whether table, secret and key survive their stack. */
export const isKept = (stage: string): boolean => stage !== 'dev';

/**
 * A stack that could not be created takes even what is kept with it: nobody has used it, and the next try makes others. From
 * the first success on, what is kept stays.
 */
export const removalOf = (kept: boolean): RemovalPolicy =>
  kept ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
