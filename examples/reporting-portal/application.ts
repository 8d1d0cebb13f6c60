/** A web application in front of Curfew: a login form, pages whose every request is activity, and a logout button. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import { type Open, type StationClient, Unreachable } from '../../lib/client/station.ts';
import { type Html, loginPage, type Place, shown, unavailablePage, workPage } from './page.ts';
import { type WebSession, WebSessions } from './web-sessions.ts';

export interface ApplicationParts extends Place {
  /** A browser sends a host's cookies to all of its ports: two applications there need two names. */
  readonly cookie: string;
  readonly station: StationClient;
  readonly pingEveryMs: number;
  /** What this application is about. */
  readonly body: (web: WebSession) => Html;
  /** What its users may do beside keeping a draft, by path. */
  readonly actions?: Readonly<Record<string, (fields: Record<string, unknown>, user: string) => Promise<string>>>;
  /** The picture of a session's ladder. */
  readonly ladder: (session: string, user: string) => Promise<Html>;
}

interface AtWork {
  readonly Variables: { readonly session: string; readonly user: string; readonly web: WebSession };
}

const DRAFT_LENGTH_MAX = 500;

export function createApplication(parts: ApplicationParts): Hono {
  const { station } = parts;
  const webSessions = new WebSessions(station, parts.pingEveryMs);
  const cookie = sessionCookie(parts.cookie);
  const app = new Hono();

  app.use(csrf(), secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'self'"], frameAncestors: ["'none'"] } }));
  app.use(async (c, next) => {
    await next();
    // The Back button must ask again: a page from before a logout is nobody's to see.
    c.header('cache-control', 'no-store');
  });
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof Unreachable) return c.html(unavailablePage(parts), 503);
    console.error(error);
    return c.text('Something went wrong here.', 500);
  });

  app.get('/style.css', asset('style.css', 'text/css'));
  app.get('/ladder.js', asset('ladder.js', 'text/javascript'));

  app.get('/login', (c) => c.html(loginPage(parts, undefined)));
  app.post('/login', async (c) => {
    const { user = '', password } = await c.req.parseBody<Record<string, string>>();
    if (!isAuthentic(user, password)) return c.html(loginPage(parts, NOT_AUTHENTIC), 401);
    const before = await cookie.read(c);
    if (before !== undefined) await leave(before.session);
    const answer = await station.login(user);
    if (answer.is !== 'open') return c.html(loginPage(parts, shown(answer)), 409);
    webSessions.begin(answer);
    await cookie.write(c, answer);
    return c.redirect('/', 303);
  });

  // Not by `atWork`: a logout is no activity, and brings nothing back.
  app.post('/logout', async (c) => {
    const known = await cookie.read(c);
    cookie.clear(c);
    if (known !== undefined) await leave(known.session);
    return c.redirect('/login', 303);
  });

  // Nor this: what a page does by itself says nothing of its user.
  app.get('/ladder', async (c) => {
    const known = await cookie.read(c);
    return known === undefined ? c.body(null, 401) : c.html(await parts.ladder(known.session, known.user));
  });

  /** Each request of a user is activity; what Curfew answers says as whom they go on, if they do. */
  const atWork: MiddlewareHandler<AtWork> = async (c, next) => {
    const known = await cookie.read(c);
    if (known === undefined) return c.redirect('/login', 303);
    const answer = await station.activity({ session: known.session });
    if (answer.is !== 'open') {
      webSessions.drop(known.session);
      cookie.clear(c);
      return c.html(loginPage(parts, shown(answer)), 401);
    }
    const isAnew = answer.session !== known.session;
    if (isAnew) {
      webSessions.drop(known.session);
      await cookie.write(c, answer);
    }
    const kept = answer.stateLost ? undefined : webSessions.of(answer.session);
    const web = kept ?? webSessions.begin(answer);
    if (kept === undefined) web.news = newsOf(answer, isAnew);
    c.set('session', answer.session);
    c.set('user', answer.user);
    c.set('web', web);
    return next();
  };

  app.get('/', atWork, async (c) => {
    const { session, user, web } = c.var;
    const { news } = web;
    delete web.news;
    return c.html(
      workPage(parts, { user, news, body: await parts.body(web), ladder: await parts.ladder(session, user) }),
    );
  });
  app.post('/draft', atWork, async (c) => {
    const { draft } = await c.req.parseBody();
    c.var.web.draft = String(draft ?? '').slice(0, DRAFT_LENGTH_MAX);
    return c.redirect('/', 303);
  });
  for (const [path, act] of Object.entries(parts.actions ?? {})) {
    app.post(path, atWork, async (c) => {
      c.var.web.news = await act(await c.req.parseBody(), c.var.user);
      return c.redirect('/', 303);
    });
  }

  return app;

  /** Where Curfew cannot be told, the session comes down its ladder by itself; without the cookie nobody brings it back. */
  async function leave(session: string): Promise<void> {
    webSessions.drop(session);
    await station.logout({ session }).catch((error) => {
      if (!(error instanceof Unreachable)) throw error;
    });
  }
}

/** Here goes what really says who somebody is. Curfew is told of their login, and takes the application's word for it. */
const isAuthentic = (user: string, password: string | undefined): boolean =>
  /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,39}$/u.test(user) && password === 'demo';

const NOT_AUTHENTIC = {
  title: 'Not logged in',
  detail: 'Any name of letters and digits will do; the password is "demo".',
};

/**
 * Holds the session's handle and its user. A handle is a name, not a secret, and anyone can make one up: only the
 * application's signature shows that this browser was given it.
 */
function sessionCookie(name: string) {
  // For good, in the place where an application keeps its secrets; else a restart logs everybody out.
  const secret = randomBytes(32).toString('base64url');
  // And `secure`, where there is TLS.
  const options = { httpOnly: true, sameSite: 'Lax', path: '/' } as const;
  return {
    async read(c: Context): Promise<Pick<Open, 'session' | 'user'> | undefined> {
      const text = await getSignedCookie(c, secret, name);
      return text ? JSON.parse(text) : undefined;
    },
    write: (c: Context, { session, user }: Open) =>
      setSignedCookie(c, name, JSON.stringify({ session, user }), secret, options),
    clear: (c: Context) => void deleteCookie(c, name, options),
  };
}

function newsOf({ outcome, stateLost }: Open, isAnew: boolean): string {
  if (!stateLost) return 'This server has just started: what it had kept of your session is gone. The session goes on.';
  const gone = 'What you had half written is gone.';
  if (!isAnew) return `You had gone idle. The same session goes on. ${gone}`;
  return outcome === 'logged-on-anew'
    ? `Your session was long over. You have been logged on anew without being asked. ${gone}`
    : `Your session had run out. A new one goes on under the same logon; you were not asked. ${gone}`;
}

/** Read at each request: these are two small files. */
const asset =
  (file: string, type: string) =>
  async (c: Context): Promise<Response> =>
    c.body(await readFile(new URL(`public/${file}`, import.meta.url), 'utf8'), 200, {
      'content-type': `${type}; charset=utf-8`,
    });
