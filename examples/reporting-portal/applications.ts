/** The two applications of the example: where people write reports, and where somebody looks after them. */
import { html } from 'hono/html';
import { createStationClient } from '../../lib/client/station.ts';
import { serve } from '../serve.ts';
import { type ApplicationParts, createApplication } from './application.ts';
import { ladderView } from './ladder.ts';
import type { Lengths, Operator, StationEntry } from './operator.ts';
import { clock } from './page.ts';

/** Where they are. */
export interface Applications {
  readonly portal: string;
  readonly adminConsole: string;
}

export interface Parts {
  /** Curfew's. */
  readonly url: string;
  readonly operator: Operator;
  readonly lengths: Lengths;
  /** The portal's; the admin console has the next. 0 is any free one for each. */
  readonly port: number;
}

/** A person waits for the page. */
const GIVE_UP_AFTER_MS = 5_000;

/** Registers each as a station, with a key of its own, and serves both. */
export async function startApplications({ url, operator, lengths, port }: Parts): Promise<Applications> {
  const both = [PORTAL, adminConsole(operator)] as const;
  const names = new Map(both.map(({ entry }) => [entry.id, entry.name]));
  const urls: string[] = [];
  for (const [n, { entry, about }] of both.entries()) {
    const other = 1 - n;
    const application = createApplication({
      ...about,
      name: entry.name,
      neighbour: () => ({ name: both[other]?.entry.name ?? '', url: urls[other] ?? '' }),
      station: createStationClient({
        url,
        station: entry.id,
        key: await operator.register(entry),
        giveUpAfterMs: GIVE_UP_AFTER_MS,
      }),
      // Where the realm's stations need not ping, one that keeps something for its users pings all the same.
      pingEveryMs: lengths.ping || lengths.lease / 2,
      ladder: async (session, user) => {
        const [looked, all] = await Promise.all([operator.look(session), operator.ofUser(user)]);
        return ladderView({ session: looked, all, names }, lengths, Date.now());
      },
    });
    urls.push((await serve(application, port === 0 ? 0 : port + n)).url);
  }
  const [portal = '', adminConsoleUrl = ''] = urls;
  return { portal, adminConsole: adminConsoleUrl };
}

interface Application {
  readonly entry: StationEntry;
  readonly about: Pick<ApplicationParts, 'cookie' | 'body' | 'actions'>;
}

const PORTAL: Application = {
  entry: { id: 'reporting-portal', name: 'Reporting portal', location: 'reports.example.org' },
  about: {
    cookie: 'portal',
    body: ({ draft }) => html`
      <h2>Your report</h2>
      <form method="post" action="/draft">
        <label>Half-written filter
          <textarea name="draft" rows="4" maxlength="500" placeholder="region = 'north' and …">${draft}</textarea>
        </label>
        <button>Keep it</button>
      </form>
      <p class="hint">Kept in this server's memory, as a web session is: gone once you are idle.</p>`,
  },
};

const adminConsole = (operator: Operator): Application => ({
  entry: { id: 'admin-console', name: 'Admin console', location: 'admin.example.org' },
  about: {
    cookie: 'console',
    body: async ({ draft }) => {
      const sessions = (await operator.counted()).filter(({ user }) => user.includes(draft));
      return html`
        <h2>Sessions that count in <code>${operator.realm}</code></h2>
        <form method="post" action="/draft" class="filter">
          <label>User contains <input name="draft" value="${draft}" maxlength="60"></label>
          <button>Filter</button>
        </form>
        <table class="sessions">
          <tr><th>User</th><th>Where</th><th class="since">Since</th><th>Rung</th><th></th></tr>
          ${sessions.map(
            ({ session, user, station, openedAt, rung }) => html`
              <tr>
                <td>${user}</td><td>${station}</td><td class="since">${clock(openedAt)}</td><td><b class="${rung}">${rung}</b></td>
                <td><form method="post" action="/end"><button name="session" value="${session}">End</button></form></td>
              </tr>`,
          )}
        </table>
        <p class="hint">Here every user may end every session. The filter is this web session's state: gone once you are idle.</p>`;
    },
    actions: {
      '/end': async ({ session }, user) => {
        await operator.end(String(session), `ended by ${user} at the admin console`);
        return 'That session has ended. Nothing brings it back: its user must log in again.';
      },
    },
  },
});
