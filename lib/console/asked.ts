/**
 * What the widget is asked: by the dashboard, with the widget's own parameters, or by one of its buttons. All of it is
 * texts, so that on one machine a view has an address.
 */
import * as z from 'zod/mini';
import { present } from '../present.ts';
import { OPEN_RUNGS, type OpenRung } from '../session/seat.ts';
import { userName } from '../station/message.ts';
import { type EpochMs, epochMs, MINUTE } from '../time.ts';

export const VIEWS = ['sessions', 'stations', 'earlier', 'trail'] as const;
export type View = (typeof VIEWS)[number];

/** Where somebody is: which list, what narrows it down, how it is sorted, and which page of it. */
export interface Listing {
  readonly view: View;
  readonly realm?: string;
  /** A part of a name. */
  readonly find?: string;
  readonly user?: string;
  readonly station?: string;
  readonly rung?: OpenRung;
  /** Of what has ended: who was there then; of the trail: what was done before. By the viewer's clock. */
  readonly at?: string;
  /** A column; with `-` before it the other way round. */
  readonly sort?: string;
  readonly page: number;
}

/** What the dashboard says of itself. */
export interface Dashboard {
  readonly theme: 'light' | 'dark';
  /** Of the widget, in pixels. */
  readonly width: number;
  /** How far its clock is ahead of UTC. */
  readonly aheadMs: number;
  /** What stands in the widget's forms, by the names of their fields. */
  readonly form: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly dashboard: Dashboard;
  readonly listing: Listing;
  /** By its handle; absent where none is asked for. */
  readonly session?: string;
  readonly person?: { readonly realm: string; readonly user: string };
  /** By its id. */
  readonly place?: string;
  /** Where in a history. */
  readonly past?: string;
  /** Whether the session is to be ended is to be asked. */
  readonly isEnding: boolean;
  /** Why, as it was typed. */
  readonly reason: string;
  /** Of the function that ends: the widget's ARN, for the way back. */
  readonly widget?: string;
  /** Of the function that ends: its own ARN, for another try. */
  readonly end?: string;
}

/** Longer than any that a listing gives out. */
const CURSOR_LENGTH_MAX = 1_024;
const text = (most: number) => z.optional(z.string().check(z.maxLength(most)));
const listingSchema = z.object({
  view: z.optional(z.enum(VIEWS)),
  realm: text(256),
  find: text(256),
  user: text(256),
  station: text(256),
  rung: z.optional(z.union([z.enum(OPEN_RUNGS), z.literal('')])),
  at: text(32),
  sort: text(32),
  page: z.optional(z.string().check(z.regex(/^[1-9]\d{0,4}$/))),
});

const arn = z.optional(
  z.string().check(z.regex(/^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]{1,140}(?::[\w$-]+)?$/)),
);

const askedSchema = z.object({
  ...listingSchema.shape,
  /** A button that leads somewhere: these parameters alone count, and no form. */
  set: z.optional(z.literal('1')),
  /** The button of the filter's form: only that form counts. */
  form: z.optional(z.literal('1')),
  session: text(CURSOR_LENGTH_MAX),
  ofUser: text(256),
  inRealm: text(256),
  ofStation: text(256),
  past: text(CURSOR_LENGTH_MAX),
  ask: z.optional(z.literal('end')),
  reason: text(CURSOR_LENGTH_MAX),
  widget: arn,
  end: arn,
});

/** Nothing here is worth a refusal: what is missing or strange is as on a dashboard that says nothing. */
const contextSchema = z.catch(
  z.object({
    theme: z.catch(z.enum(['light', 'dark']), 'light'),
    width: z.catch(z.number().check(z.gte(100), z.lte(10_000)), 1_000),
    timezone: z.catch(z.object({ offsetISO: z.string() }), { offsetISO: '+00:00' }),
    forms: z.catch(z.object({ all: z.record(z.string(), z.unknown()) }), { all: {} }),
  }),
  { theme: 'light', width: 1_000, timezone: { offsetISO: '+00:00' }, forms: { all: {} } },
);

/** The field in which the reason for an end is given. */
export const REASON = 'reason';

/** `undefined` where the parameters are not the widget's. */
export function readAsked(event: unknown): Asked | undefined {
  const said = askedSchema.safeParse(event);
  if (!said.success) return undefined;
  const context = contextSchema.parse((event as { widgetContext?: unknown }).widgetContext);
  const fields = Object.entries(context.forms.all).filter(
    (field): field is [string, string] => typeof field[1] === 'string',
  );
  const form = Object.fromEntries(fields);
  const dashboard = { theme: context.theme, width: context.width, aheadMs: aheadMs(context.timezone.offsetISO), form };
  const { set, form: isForm, session, ofUser, inRealm, ofStation, past, ask, reason, widget, end, ...its } = said.data;
  const ofForm = listingSchema.safeParse(form);
  const typed = ofForm.success ? given(ofForm.data) : {};
  // The dashboard refreshes the widget with its first parameters, and with what its viewer has put into the form.
  const asked = set
    ? its
    : isForm
      ? { ...present({ view: its.view, sort: its.sort }), ...typed }
      : { ...its, ...typed };
  const person = ofUser && inRealm ? { realm: inRealm, user: nameOf(ofUser) } : undefined;
  return {
    dashboard,
    listing: listingOf(asked),
    isEnding: ask === 'end',
    reason: reason ?? form[REASON] ?? '',
    ...present({ session, person, place: ofStation, past, widget, end }),
  };
}

type Said = z.infer<typeof listingSchema>;

/** A field that is left empty filters nothing. */
const given = (said: Said): Said =>
  Object.fromEntries(Object.entries(said).flatMap(([field, text]) => (text?.trim() ? [[field, text.trim()]] : [])));

function listingOf(said: Said): Listing {
  const { view = 'sessions', user, rung, page = '1', ...rest } = given(said);
  return { view, page: Number(page), ...present({ ...rest, user: user && nameOf(user), rung: rung || undefined }) };
}

/** As stations' messages write it. */
function nameOf(user: string): string {
  const known = userName.safeParse(user);
  return known.success ? known.data : user;
}

/** As buttons tell it, and addresses: nothing of it that is as it is anyway. */
export const listingTexts = ({ view, page, ...rest }: Listing): Readonly<Record<string, string>> => ({
  ...(view === 'sessions' ? {} : { view }),
  ...present(rest),
  ...(page === 1 ? {} : { page: String(page) }),
});

/** What a field for a day and a time of day says, by the viewer's clock. */
export function instantTyped(typed: string | undefined, aheadMs: number): EpochMs | undefined {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/.test(typed ?? '') ? Date.parse(`${typed}Z`) : Number.NaN;
  return Number.isNaN(at) ? undefined : epochMs(at - aheadMs);
}

/** `+05:30` is 330 minutes. */
function aheadMs(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):(\d{2})$/.exec(offset) ?? [];
  const length = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE;
  return sign === '-' ? -length : length;
}
