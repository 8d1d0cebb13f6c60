/** `GET /v1/audit`: what operators did, by when, by whom and by what it was. */
import { type Answer, json } from '../answer.ts';
import { present } from '../present.ts';
import { trailSpan } from '../service/audit.ts';
import { ACTIONS, type Trail } from '../service/ports.ts';
import { type Fault, fault, type Read } from '../station/fault.ts';
import { type Clock, type DurationMs, type EpochMs, fromRfc3339 } from '../time.ts';
import { badRequest } from './problem.ts';
import { type HttpRequest, type Query, readQuery } from './request.ts';
import { actionView } from './views.ts';

export interface ActionsListingParts {
  readonly trail: Trail;
  /** How long the trail is kept. */
  readonly trailKeptFor: DurationMs;
  readonly clock: Clock;
}

export async function listActions(request: HttpRequest, parts: ActionsListingParts): Promise<Answer> {
  const read = readQuery(request, 'since', 'until', 'by', 'action');
  if (!read.ok) return badRequest(read.faults);
  const { query, ...page } = read.value;
  const [from, to] = [instantIn(query, 'since'), instantIn(query, 'until')];
  const action = query.get('action');
  const kind = ACTIONS.find((name) => name === action);
  const faults: Fault[] = [...(from.ok ? [] : from.faults), ...(to.ok ? [] : to.faults)];
  if (action !== undefined && kind === undefined) {
    faults.push({ field: 'action', detail: `must be one of ${ACTIONS.join(', ')}` });
  }
  if (faults.length > 0 || !from.ok || !to.ok) return badRequest(faults);
  const by = query.get('by') ?? '';
  const { items, cursor } = await parts.trail.list({
    ...page,
    ...trailSpan(parts.trailKeptFor, parts.clock(), present({ from: from.value, to: to.value })),
    fits: (one) => one.principal.includes(by) && (kind === undefined || one.action === kind),
  });
  return json({ actions: items.map(actionView), ...present({ cursor }) });
}

function instantIn(query: Query, field: string): Read<EpochMs | undefined> {
  const text = query.get(field);
  const at = text === undefined ? undefined : fromRfc3339(text);
  if (text === undefined || at !== undefined) return { ok: true, value: at };
  return fault(field, 'must be an instant such as 2026-11-22T14:23:05Z');
}
