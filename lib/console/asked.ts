/** What the widget is asked: by the dashboard, with the widget's own parameters, or by one of its buttons. */
import * as z from 'zod/mini';
import { present } from '../present.ts';
import type { LiveFilter } from '../service/live.ts';
import { OPEN_RUNGS } from '../session/seat.ts';
import { userName } from '../station/message.ts';
import { MINUTE } from '../time.ts';

/** Where in the listing somebody is. */
export interface Listing {
  readonly filter: LiveFilter;
  readonly cursor?: string;
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
  /** By its handle; absent where the listing is asked for. */
  readonly session?: string;
  /** Where in its user's history. */
  readonly past?: string;
  /** Of the function that ends: the widget's ARN, for the way back. */
  readonly widget?: string;
  /** Of the function that ends: its own ARN, for another try. */
  readonly end?: string;
}

/** Longer than any that a listing gives out. */
const CURSOR_LENGTH_MAX = 1_024;
const cursor = z.optional(z.string().check(z.maxLength(CURSOR_LENGTH_MAX)));
const name = z.optional(z.string().check(z.maxLength(256)));
const filterSchema = z.object({
  realm: name,
  user: name,
  station: name,
  rung: z.optional(z.union([z.enum(OPEN_RUNGS), z.literal('')])),
});

const arn = z.optional(
  z.string().check(z.regex(/^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]{1,140}(?::[\w$-]+)?$/)),
);

const askedSchema = z.object({
  ...filterSchema.shape,
  listing: z.optional(z.object({ filter: filterSchema, cursor })),
  /** The button of the filter's form: only that form counts. */
  form: z.optional(z.boolean()),
  session: z.optional(z.string().check(z.maxLength(CURSOR_LENGTH_MAX))),
  past: cursor,
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
  const { listing, form: isForm = false, session, past, widget, end, ...pinned } = said.data;
  const ofForm = filterSchema.safeParse(form);
  // The dashboard refreshes the widget with its first parameters, and with what its viewer has put into the form.
  const asked = listing?.filter ?? { ...(isForm ? {} : given(pinned)), ...(ofForm.success ? given(ofForm.data) : {}) };
  return {
    dashboard,
    listing: { filter: filterOf(asked), ...present({ cursor: listing?.cursor }) },
    ...present({ session, past, widget, end }),
  };
}

type Filter = z.infer<typeof filterSchema>;

/** A field that is left empty filters nothing. */
const given = (filter: Filter): Filter =>
  Object.fromEntries(Object.entries(filter).flatMap(([field, text]) => (text?.trim() ? [[field, text.trim()]] : [])));

function filterOf(filter: Filter): LiveFilter {
  const { realm, user, station, rung } = given(filter);
  const known = user === undefined ? undefined : userName.safeParse(user);
  return present({ realm, user: known?.success ? known.data : user, station, rung: rung || undefined });
}

/** `+05:30` is 330 minutes. */
function aheadMs(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):(\d{2})$/.exec(offset) ?? [];
  const length = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE;
  return sign === '-' ? -length : length;
}
