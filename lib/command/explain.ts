/**
 * `curfew explain`: why a user cannot log in, and until when. What they were refused lately, and what would mend that; who
 * holds their seats, each deadline with the time that is left, what would end it sooner or later, and the command that ends
 * it now.
 */
import type { Command } from 'commander';
import { CLOCK_MARGIN } from '../session/ladder.ts';
import { hasPanel } from '../station/stations.ts';
import { after, type EpochMs, earliest, toRfc3339 } from '../time.ts';
import type { PastShown, RealmShown, SessionInFull, StationShown, UserShown } from './answers.ts';
import { type Api, pathOf } from './api.ts';
import { type Explanation, explanationReport, type Holder } from './explanation.ts';
import { shortHandle } from './handles.ts';
import { instantOf } from './moments.ts';
import { type OperatorOptions, operatorCommand, pasted, type Surroundings, type Told } from './operator-command.ts';
import { realmOf, realmsOf } from './realms.ts';
import type { View } from './terminal.ts';
import { userOf } from './users.ts';

export function addExplain(program: Command, surroundings: Surroundings): void {
  operatorCommand<OperatorOptions & { readonly realm?: string }>(
    { surroundings, parent: program },
    'explain <user>',
    'Why a user cannot log in, until when, and what would end that sooner.',
    (api, user, { realm }, view) => explainUser(api, user, realm, view),
  ).option('--realm <realm>', 'in this realm (default: in all)');
}

/** As many that ended as may have done so within the margin between clocks. */
const LATELY = 10;

async function explainUser(api: Api, user: string, realm: string | undefined, view: () => View): Promise<Told> {
  const realms = realm === undefined ? await realmsOf(api) : [await realmOf(api, realm)];
  const users = await Promise.all(realms.map((one) => userOf(api, user, one.realm, LATELY)));
  const stations = await stationsOf(
    api,
    users.flatMap(({ seats }) => seats.map(({ station }) => station)),
  );
  const explanations = realms.flatMap((one, n) =>
    users[n] === undefined ? [] : [explain(api, one, users[n], stations)],
  );
  return { json: { user, realms: explanations }, text: explanationReport(api, explanations, view()) };
}

/** So many at once: a user of a realm without limit may be at hundreds. */
const AT_ONCE = 10;

async function stationsOf(api: Api, ids: readonly string[]): Promise<ReadonlyMap<string, StationShown>> {
  const found = new Map<string, StationShown>();
  const distinct = [...new Set(ids)];
  for (let start = 0; start < distinct.length; start += AT_ONCE) {
    const batch = distinct.slice(start, start + AT_ONCE).map(async (id) => {
      const { status, body } = await api.ask<StationShown>('GET', pathOf('stations', id), { also: [404] });
      if (status !== 404) found.set(id, body);
    });
    await Promise.all(batch);
  }
  return found;
}

function explain(
  api: Api,
  { realm, policy }: RealmShown,
  { user, seats: sessions, history, refusals, refusedStations }: UserShown,
  stations: ReadonlyMap<string, StationShown>,
): Explanation {
  const now = api.now();
  const holders = sessions
    .filter(({ freeAt }) => instantOf(freeAt) > now)
    .map((session) => holderOf(api, session, stations.get(session.station)))
    .sort((a, b) => instantOf(a.freeAt) - instantOf(b.freeAt));
  const [last] = history;
  const isFull = (taken: number) => policy.seats !== 'unlimited' && taken >= policy.seats;
  const justEnded = history.map(freeOf).filter((at) => at > now);
  const frees = [...holders.map(({ freeAt }) => instantOf(freeAt)), ...justEnded];
  const mustWait = isFull(frees.length) && (policy.takeOver !== 'replace' || holders.length === 0);
  return {
    user,
    realm,
    seats: policy.seats,
    takeOver: policy.takeOver,
    canLogIn: !mustWait,
    ...(mustWait ? { freeAt: toRfc3339(earliest(...frees)) } : {}),
    holders,
    refusals,
    refusedStations,
    dormant: sessions.filter(({ freeAt }) => instantOf(freeAt) <= now),
    ...(last === undefined ? {} : { last }),
  };
}

/** From when on the seat of one that ended is free: at once, or, where a deadline took it, after the margin between clocks. */
function freeOf(past: PastShown): EpochMs {
  if (past.endedBy !== 'policy') return instantOf(past.endedAt);
  const lostAt = 'invalidatedAt' in past && past.invalidatedAt !== undefined ? past.invalidatedAt : past.endedAt;
  return after(instantOf(lostAt), CLOCK_MARGIN);
}

function holderOf(api: Api, session: SessionInFull, registration: StationShown | undefined): Holder {
  const lost = session.timeline.find((step) => 'freeAt' in step && step.freeAt !== undefined);
  return {
    ...session,
    ...(registration === undefined ? {} : { registration }),
    hasPanel: registration !== undefined && hasPanel(registration.kind),
    seatLostBy: lost !== undefined && 'reason' in lost ? lost.reason : 'lease',
    endCommand: pasted(api, 'sessions', 'end', shortHandle(session.session), '--reason', 'say why'),
  };
}
