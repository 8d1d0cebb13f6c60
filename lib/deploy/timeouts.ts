import { Duration } from 'aws-cdk-lib';

/**
 * Each of these gives up after what it waits for has, and before whoever waits for it does; test/deploy/timeouts.test.ts holds
 * them to that. In seconds, at worst:
 *
 *     table 3.3, master secret 3.3, queue 3.3, timer 2.1, bus 6.3    one request of the SDK, its repeats and their pauses included
 *     station, operator    secret 3.3 + six of the table in a row 19.8 = 23.1    < 25 < 30 of HTTP API
 *     sweep                a page begun with 10 left: table 6.6 + timer 2.1 = 8.7    < 10, and the page is finished
 *     webhook              secret 3.3 + receiver 5 + queue 3.3 = 11.6    < 20, ten messages at once
 *     journal              four batches of history 13.2 + panels 3.3 + bus 6.3 = 22.8    < 60
 *
 * That is where all that can be slow is, and just not too slow. Nobody waits so long: the first request that is not answered
 * at all ends everything with a 503 after its 3.3.
 */
export const TIMEOUTS = {
  station: Duration.seconds(25),
  operator: Duration.seconds(25),
  sweep: Duration.seconds(60),
  journal: Duration.seconds(60),
  webhook: Duration.seconds(20),
} as const;
