/** What the torture run writes down: every request with its start, its end and its answer, as its checker reads them. */
import { present } from '../../lib/present.ts';
import { parseHandle, sealIn } from '../../lib/session/handle.ts';
import type { EventType } from '../../lib/session/word.ts';

/** Names a session of a user whose realm is known. */
export interface Name {
  readonly seat: string;
  readonly epoch: number;
  /** What its station's handle ends in; absent where the station names it without. */
  readonly seal?: string | undefined;
}

/** A session that has not ended, as an answer shows it. Instants in milliseconds. */
export interface View extends Name {
  readonly user: string;
  readonly station: string;
  readonly rung: string | undefined;
  readonly openedAt: number;
  readonly activeAt: number;
  readonly heardAt: number;
  readonly loggedOnAt: number;
  readonly heldUntil: number;
  readonly freeAt: number;
  readonly previous: number;
  /** How many run. */
  readonly jobs: number;
}

/** One that has ended. */
export interface Told extends Name {
  readonly user: string;
  readonly station: string;
  readonly openedAt: number;
  readonly heardAt: number;
  readonly endedAt: number;
  readonly reason: string;
  /** Where it had lost its seat before; else 0. */
  readonly invalidatedAt: number;
}

export type Kind = EventType | 'end' | 'read' | 'audit';

export interface Operation {
  readonly n: number;
  readonly client: number;
  readonly realm: string;
  /** Empty where it names nobody, and its answer neither. */
  readonly user: string;
  /** What is checked by itself: a user, or, where seats are unlimited, one login and what came of it. */
  readonly partition: string;
  readonly kind: Kind;
  readonly station: string;
  readonly id: string;
  readonly session?: Name | undefined;
  readonly takeOver?: true | Name | undefined;
  /** It names neither session nor user: whoever is on the panel is meant. */
  readonly bare?: true | undefined;
  /** When it happened, by its station's clock. Milliseconds. */
  readonly occurredAt?: number | undefined;
  readonly job?: string | undefined;
  /** Microseconds of the driver's steady clock. */
  readonly call: number;
  /** 0 where no answer came. */
  readonly return: number;
  /** The first and the last instant that the clock of the function that heard it may have said. */
  readonly now: readonly [number, number];
  /** The latest instant that the clock of a sweep may have said by then. */
  readonly sweptBy: number;
  /** 0: whether it happened is unknown. */
  readonly status: number;
  readonly outcome: string;
  readonly view?: View | undefined;
  readonly past?: Told | undefined;
  readonly holders?: readonly View[] | undefined;
  readonly live?: readonly View[] | undefined;
  readonly history?: readonly Told[] | undefined;
}

/** The system is up again: what was under way before the kill will not happen any more. */
export interface Recovery {
  readonly killed: number;
  readonly recovered: number;
  /** Whether the functions were killed too, and not the engine alone. */
  readonly functions: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever came; the checker says what it should be
export type Body = any;

const instant = (text: unknown): number => (typeof text === 'string' ? Date.parse(text) : 0);

export function nameOfHandle(handle: unknown): Name {
  const name = typeof handle === 'string' ? parseHandle(handle) : undefined;
  if (name === undefined) throw new Error(`${handle} is no session`);
  return { seat: name.seat, epoch: name.epoch, ...present({ seal: sealIn(String(handle)) }) };
}

export const viewOf = (shown: Body): View => ({
  ...nameOfHandle(shown.session),
  user: shown.user ?? '',
  station: shown.station,
  rung: shown.rung,
  openedAt: instant(shown.openedAt),
  activeAt: instant(shown.activeAt),
  heardAt: instant(shown.heardAt),
  loggedOnAt: instant(shown.loggedOnAt ?? shown.openedAt),
  heldUntil: instant(shown.heldUntil),
  freeAt: instant(shown.freeAt),
  previous: shown.previous === undefined ? 0 : nameOfHandle(shown.previous).epoch,
  jobs: shown.jobs ?? 0,
});

export const toldOf = (shown: Body): Told => ({
  ...nameOfHandle(shown.session),
  user: shown.user,
  station: shown.station,
  openedAt: instant(shown.openedAt),
  heardAt: instant(shown.heardAt),
  endedAt: instant(shown.endedAt),
  reason: shown.reason,
  invalidatedAt: instant(shown.invalidatedAt),
});

/** What an answer says, in the words of the record. */
export function readAnswer(
  status: number,
  body: Body,
): Pick<Operation, 'status' | 'outcome' | 'view' | 'past' | 'holders'> {
  // A failure on their side: what was asked may have been done, or may still be.
  if (status >= 500) return { status: 0, outcome: String(status) };
  const outcome = body?.outcome ?? String(body?.type ?? '').replace('urn:curfew:problem:', '');
  const isOver = typeof body?.endedAt === 'string';
  const isShown = typeof body?.session === 'string' && !isOver;
  return {
    status,
    outcome,
    ...(isShown ? { view: viewOf(body) } : {}),
    ...(isOver ? { past: toldOf(body) } : {}),
    ...(status === 409 ? { holders: body.holders.map(viewOf) } : {}),
  };
}
