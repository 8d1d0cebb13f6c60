/** What the widget's button calls: ends one session. Whoever may invoke this may end any. */
import type { Context } from 'aws-lambda';
import { createEnding } from '../lib/console/console.ts';
import { audit, keeper } from './by-hand.ts';
import { clock, complain } from './runtime.ts';

const end = createEnding({ keeper, clock, complain, audit });

export const handler = (event: unknown, context: Context): Promise<string> => end(event, context.awsRequestId);
