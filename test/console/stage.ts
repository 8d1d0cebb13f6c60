/** The whole local system with people in it, for whoever looks at its page: some of them have been there for hours. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Handlers } from '../../lib/local/lambda.ts';
import { startSystem } from '../../lib/local/system.ts';
import { createKeeper } from '../../lib/service/keeper.ts';
import type { StationEvent } from '../../lib/session/commands.ts';
import { nameOf, type SessionName } from '../../lib/session/seat.ts';
import { before, type DurationMs, type EpochMs, parseDuration, systemClock } from '../../lib/time.ts';
import type { TestDynamoDB } from '../support/engine.ts';
import { call, register } from '../support/local-client.ts';

const REALMS = {
  realms: {
    'campus-print': { profile: 'release-station', lease: '10m', maximum: '12h' },
    library: { profile: 'release-station', lease: '20m', maximum: '12h' },
    'bi-portal': { profile: 'enterprise' },
  },
};

export const KEY = 'operator-key-of-the-stage';

/** The functions read their environment when they are imported: one stage for each process. */
async function loadHandlers(environment: Readonly<Record<string, string>>): Promise<Handlers> {
  Object.assign(process.env, environment, { AWS_LAMBDA_LOG_LEVEL: 'FATAL' });
  return {
    onStationEvent: (await import('../../functions/on-station-event.ts')).handler,
    onOperatorRequest: (await import('../../functions/on-operator-request.ts')).handler,
    onSweep: (await import('../../functions/on-sweep.ts')).handler,
    onSeatChange: (await import('../../functions/on-seat-change.ts')).handler,
    onSessionEvent: (await import('../../functions/on-session-event.ts')).handler,
    consoleWidget: (await import('../../functions/console-widget.ts')).handler,
    consoleEnd: (await import('../../functions/console-end.ts')).handler,
  };
}

export type Stage = Awaited<ReturnType<typeof startStage>>;

export async function startStage(dynamodb: Partial<TestDynamoDB> = {}) {
  const data = mkdtempSync(join(tmpdir(), 'curfew-console-'));
  const realmsFile = join(data, 'realms.json');
  writeFileSync(realmsFile, JSON.stringify(REALMS));
  const system = await startSystem({
    data,
    port: 0,
    realmsFile,
    operatorKey: KEY,
    loadHandlers,
    ...dynamodb,
    say: () => {},
    onFatal: (error) => {
      throw error;
    },
  });
  const { seats, panels, history, stations, meter, realms, shards } = await import('../../functions/runtime.ts');
  // Whatever began in the past is announced by the backstop.
  const timers = { arm: async () => {} };
  const keys = new Map<string, string>();
  const { url } = system;

  return {
    url,
    addStation: async (id: string, entry: object): Promise<void> => {
      keys.set(id, await register(url, KEY, id, entry));
    },
    /** What a station says now, with its key. */
    tell: (station: string, event: string, body: object = {}) =>
      call(url, keys.get(station) ?? '', 'POST', `/v1/stations/${station}/${event}`, body),
    /** What it said so long ago, as the core would have heard it then. */
    told: async (ago: string, station: string, type: StationEvent['type'], said: Partial<StationEvent>) => {
      const found = await stations.read(station);
      const policy = found && realms.get(found.realm);
      if (found === undefined || policy === undefined) throw new Error(`no station ${station}`);
      const now: EpochMs = before(systemClock(), parseDuration(ago) as DurationMs);
      const keeper = createKeeper({ seats, panels, history, timers, meter, clock: () => now }, { shards });
      const answer = await keeper.hear({ type, station: found, policy, now, id: `${station}-${type}-${now}`, ...said });
      return 'seat' in answer && answer.seat !== undefined ? (nameOf(answer.seat) as SessionName) : undefined;
    },
    operator: (method: string, path: string, body?: object) => call(url, KEY, method, path, body),
    stop: async () => {
      await system.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
