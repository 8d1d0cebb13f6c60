/**
 * The picture beside each page: where its session stands, and what happens when. It is there for you to watch, and asks
 * as an operator; no application needs it.
 */
import { html } from 'hono/html';
import { type EndedSession, type Lengths, RUNGS, type Rung, type SessionInFull, type SessionView } from './operator.ts';
import { clock, type Html } from './page.ts';

interface Step {
  readonly rung: Rung;
  readonly from: number;
  readonly until: number;
  /** It is `from` at the latest: pings that are still to come may put it off until then. */
  readonly isLatest?: boolean;
}

export interface Watched {
  readonly session: SessionInFull | EndedSession | undefined;
  /** What its user has open in the realm, this one too. */
  readonly all: readonly SessionView[];
  /** Stations as people know them. */
  readonly names: ReadonlyMap<string, string>;
}

export function ladderView({ session, all, names }: Watched, lengths: Lengths, now: number): Html {
  if (session === undefined) return html`<p class="facts">Another session goes on in the place of this one.</p>`;
  const steps = wayDown(session, lengths);
  const at = RUNGS.indexOf(session.rung);
  return html`
    <ol class="ladder">
      ${RUNGS.map((rung, n) => {
        const step = steps.find((one) => one.rung === rung);
        const place = n < at ? 'past' : n > at ? 'ahead' : 'now';
        return html`
          <li class="${rung} ${place}${step === undefined && place === 'ahead' ? ' skipped' : ''}">
            <h3>${rung} <span>${whenOf(step, place, now)}</span></h3>
            <p>${meaning(rung, lengths)}</p>
            ${place === 'now' ? progress(step, now) : ''}
          </li>`;
      })}
    </ol>
    <p class="facts">${session.rung === 'ended' ? html`Ended at ${clock(session.endedAt)}, reason <b>${session.reason}</b>.` : factsOf(session, names)}</p>
    ${elsewhere(session, all, names)}
  `;
}

/** Each rung that this session passes if its user does nothing more. */
function wayDown(session: SessionInFull | EndedSession, lengths: Lengths): readonly Step[] {
  if (session.rung === 'ended') return [{ rung: 'ended', from: Date.parse(session.endedAt), until: Infinity }];
  return (
    whilePinged(session, lengths) ??
    session.timeline.map(({ rung, from, until }) => ({ rung, from: Date.parse(from), until: instant(until, Infinity) }))
  );
}

/**
 * Curfew's timeline says what comes if nothing more is heard, not even a ping. While the web session is kept its pings go
 * on, until its user is idle; this is the way down with them. `undefined` where there are none to come.
 */
function whilePinged({ rung, activeAt, deadlines }: SessionInFull, lengths: Lengths): readonly Step[] | undefined {
  const lingersAt = instant(deadlines.lingerAt, Infinity);
  const lostAt = lingersAt + lengths.lease;
  if (rung !== 'active' || lostAt > Date.parse(deadlines.maximumAt)) return undefined;
  const resumableUntil = lostAt + lengths.failover;
  const rememberedUntil = instant(deadlines.rememberedUntil, 0);
  const endsAt = Math.max(resumableUntil, rememberedUntil);
  const steps: readonly Step[] = [
    { rung: 'active', from: Date.parse(activeAt), until: lingersAt },
    { rung: 'lingering', from: lingersAt, until: lostAt },
    { rung: 'failover', from: lostAt, until: resumableUntil, isLatest: true },
    { rung: 'remembered', from: resumableUntil, until: endsAt, isLatest: true },
    { rung: 'ended', from: endsAt, until: Infinity, isLatest: endsAt !== rememberedUntil },
  ];
  return steps.filter(({ from, until }) => from < until);
}

const instant = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : Date.parse(text);

function whenOf(step: Step | undefined, place: 'past' | 'now' | 'ahead', now: number): string {
  if (place === 'past') return '';
  if (step === undefined) return place === 'now' ? '' : 'not on this way down';
  if (place === 'now') return step.until < Infinity ? `for ${seconds(step.until - now)}` : 'now';
  return `in ${seconds(step.from - now)}${step.isLatest ? ' at the latest' : ''}`;
}

function progress(step: Step | undefined, now: number): Html | string {
  if (step === undefined || !(step.until < Infinity)) return '';
  return html`<progress max="${step.until - step.from}" value="${Math.min(now, step.until) - step.from}"></progress>`;
}

function meaning(rung: Rung, { idle, ping, lease, failover, logonToken }: Lengths): string {
  switch (rung) {
    case 'active':
      return `Each click is activity. In between the application pings, every ${seconds(ping, 0)}.`;
    case 'lingering':
      return `Idle for ${seconds(idle, 0)}: what the application kept of you is gone, and its pings stop. Come back, and the same session goes on.`;
    case 'failover':
      return `${seconds(lease, 0)} past the last ping: it no longer counts. Come back, and a new session goes on under the same logon; you are not asked.`;
    case 'remembered':
      return `${seconds(failover, 0)} after that. Come back within ${seconds(logonToken, 0)} of your logon, and you are logged on anew; you are not asked.`;
    case 'ended':
      return 'Come back, and the login page says what has passed, and when.';
  }
}

function factsOf(session: SessionInFull, names: ReadonlyMap<string, string>): Html {
  const anew = session.previous === undefined ? '' : html`, made anew of <code>${short(session.previous)}</code>`;
  return html`
    Session <code>${short(session.session)}</code> of <b>${session.user}</b> at ${nameOf(session.station, names)}${anew}.
    Logged on ${clock(session.loggedOnAt ?? session.openedAt)}, last heard of ${clock(session.heardAt)}.`;
}

function elsewhere(session: SessionInFull | EndedSession, all: readonly SessionView[], names: Watched['names']): Html {
  const others = all.filter((other) => other.session !== session.session);
  if (others.length === 0) return html`<p class="facts">You have no other session in this realm.</p>`;
  return html`
    <p class="facts">Your others in this realm, each with a ladder of its own:
    ${others.map(({ station, rung }) => html`<br>${nameOf(station, names)}: <b class="${rung}">${rung}</b>`)}</p>`;
}

const nameOf = (station: string, names: ReadonlyMap<string, string>): string => names.get(station) ?? station;

/** Enough of a handle to tell two of one user apart. */
const short = (handle: string): string => handle.split('.')[0] ?? handle;

const seconds = (length: number, digits = 1): string => `${(Math.max(0, length) / 1_000).toFixed(digits)} s`;
