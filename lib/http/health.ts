/** `GET /health`: which version answers, and that its table does. For anyone: it says nothing else. */
import { type Answer, json } from '../answer.ts';
import type { Stations } from '../station/stations.ts';
import { after, type Clock, durationMs, type EpochMs } from '../time.ts';

interface HealthParts {
  readonly stations: Pick<Stations, 'read'>;
  readonly clock: Clock;
  readonly version: string;
}

/** For so long one look at the table answers everybody: who asks without end costs a read in five seconds. */
const LOOKED = durationMs(5_000);

/** A table that does not answer is a 503 like any other. It is looked at anew by the next who asks. */
export function health({ stations, clock, version }: HealthParts): () => Promise<Answer> {
  let lookedAt: EpochMs | undefined;
  return async () => {
    if (lookedAt === undefined || clock() >= after(lookedAt, LOOKED)) {
      // Whether there is such a station or not: what counts is that the table says so.
      await stations.read('health');
      lookedAt = clock();
    }
    return json({ status: 'ok', version }, 200, { 'cache-control': 'no-store' });
  };
}
