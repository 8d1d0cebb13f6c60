/** The pages. Whatever comes from outside is escaped by `html`. */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Ended, Refused } from '../../lib/client/station.ts';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface Place {
  readonly name: string;
  /** The other application of the realm. */
  readonly neighbour: () => { readonly name: string; readonly url: string };
}

function page({ name, neighbour }: Place, user: string | undefined, main: Html): Html {
  const { name: other, url } = neighbour();
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${name}</title>
        <link rel="stylesheet" href="/style.css">
      </head>
      <body>
        <header>
          <h1>${name}</h1>
          <a href="${url}">${other}</a>
          ${user === undefined ? '' : html`<form method="post" action="/logout"><b>${user}</b> <button>Log out</button></form>`}
        </header>
        ${main}
      </body>
    </html>`;
}

/** Why there is no session to go on with, for its user. */
export interface Shown {
  readonly title: string;
  readonly detail: string;
  /** The deadlines by which the session has come to its end. */
  readonly passed?: Ended['passed'];
}

export interface Work {
  readonly user: string;
  readonly news: string | undefined;
  /** The application's own part. */
  readonly body: Html;
  readonly ladder: Html;
}

export const workPage = (place: Place, { user, news, body, ladder }: Work): Html =>
  page(
    place,
    user,
    html`
      <main>
        <section>
          ${news === undefined ? '' : html`<p class="news" role="status">${news}</p>`}
          ${body}
        </section>
        <aside>
          <h2>Where your session stands</h2>
          <div id="ladder">${ladder}</div>
          <p class="hint">Looking on is no activity: leave this page alone and watch, then click <a href="/">here</a> to come back.</p>
        </aside>
      </main>
      <script src="/ladder.js"></script>`,
  );

export const loginPage = (place: Place, problem: Shown | undefined): Html =>
  page(
    place,
    undefined,
    html`
      <main class="narrow">
        <section>
          ${problem === undefined ? '' : problemView(problem)}
          <h2>Log in</h2>
          <form method="post" action="/login" class="login">
            <label>User <input name="user" autocomplete="username" required maxlength="60" autofocus></label>
            <label>Password <input name="password" type="password" autocomplete="current-password" required value="demo"></label>
            <button>Log in</button>
          </form>
          <p class="hint">Any user will do; the password is <b>demo</b>.</p>
          <p class="hint">Being logged in at the ${place.neighbour().name} does not log you in here: Curfew keeps sessions, it
          does not say who somebody is. With a sign-on service in front of both, this form would not be shown; each
          application would still have a session of its own.</p>
        </section>
      </main>`,
  );

function problemView({ title, detail, passed = [] }: Shown): Html {
  const steps = passed.map(({ deadline, at }) => html`<tr><th>${deadline}</th><td>${clock(at)}</td></tr>`);
  return html`
    <div class="problem" role="alert">
      <h2>${title}</h2>
      ${steps.length === 0 ? '' : html`<table>${steps}</table>`}
      <p class="${steps.length === 0 ? '' : 'facts'}">${detail}</p>
    </div>`;
}

/** Of one that has run out, in full: that is what this example is about. */
export function shown(answer: Refused | Ended): Shown {
  if (answer.is === 'refused') return { title: 'You are logged in elsewhere', detail: answer.sentence };
  const { name, passed, detail, sentence } = answer;
  if (passed === undefined) return { title: 'Your session has ended', detail: sentence };
  return { title: `Your session at the ${name} has ended`, detail: `Curfew says: ${detail}.`, passed };
}

/** The session is not at fault, so nothing of it is given up. */
export const unavailablePage = (place: Place): Html =>
  page(
    place,
    undefined,
    html`
      <main class="narrow">
        <section class="problem" role="alert">
          <h2>Curfew does not answer</h2>
          <p>Nothing is wrong with your session. <a href="/">Try again</a> in a moment.</p>
        </section>
      </main>`,
  );

/** By the clock on this machine's wall. */
export const clock = (instant: string): string => new Date(instant).toTimeString().slice(0, 8);
