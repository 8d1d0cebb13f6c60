/** Where functions run: clocks that drift apart within the platform's bounds, and a deployment that reaches each at its own time. */
import type { Timers } from '../../lib/service/ports.ts';
import type { Realms } from '../../lib/session/policy.ts';
import { type Clock, type EpochMs, epochMs, MINUTE } from '../../lib/time.ts';
import type { Agenda } from './agenda.ts';
import type { Chance } from './chance.ts';
import type { Container } from './invocation.ts';
import { ELSEWHERE, type Plan, policyOf, REALM, SKEW } from './plan.ts';

export function containerOf(
  plan: Plan,
  draw: Chance,
  agenda: Agenda,
  start: EpochMs,
  timersBy: (clock: Clock) => Timers,
): Container {
  // Somewhere within the bounds at the start and at the end, and drifting from the one to the other.
  const [from, to] = [draw.int(-SKEW, SKEW), draw.int(-SKEW, SKEW)];
  const offset = () => agenda.now - start;
  const clock = () => {
    const share = Math.min(1, offset() / plan.length);
    return epochMs(Math.round(agenda.now + from + (to - from) * share));
  };
  const { change, fields, fieldsElsewhere } = plan;
  const realmsOf = (ours: object): Realms =>
    new Map([
      [REALM, policyOf(ours)],
      [ELSEWHERE, policyOf(fieldsElsewhere, ELSEWHERE)],
    ]);
  const before = { realms: realmsOf(fields), shards: plan.shards };
  const after = change && { realms: realmsOf(change.fields), shards: change.shards };
  const deployedAt = change && change.at + draw.int(0, MINUTE);
  const deployed = () => (deployedAt !== undefined && offset() >= deployedAt && after) || before;
  return { clock, realms: () => deployed().realms, shards: () => deployed().shards, timers: timersBy(clock) };
}
