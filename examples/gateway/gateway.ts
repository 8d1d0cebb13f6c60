/**
 * A gateway: a console on site, in front of printers that cannot speak to Curfew themselves. It says in their names who logs in
 * and out, keeps sessions alive while a printer lives, and logs out at a printer whoever Curfew says is out.
 */
import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import {
  type Answer,
  type GatewayClient,
  type KeptAlive,
  Misused,
  type Open,
  type StationClient,
} from '../../lib/client/station.ts';
import { Outbox } from './outbox.ts';

export interface GatewayParts {
  /** As the gateway: it is registered to speak for its printers. */
  readonly curfew: GatewayClient;
  /** Where each printer is, by the id by which it is registered. */
  readonly printers: ReadonlyMap<string, string>;
  /** Told of what somebody should look at. */
  readonly complain: (error: unknown) => void;
}

/** What a printer is told of a login. */
export interface Told {
  readonly isIn: boolean;
  /** For its panel. */
  readonly text: string;
  /** Of a refused login: whether the user may have the other session ended, and when it is worth trying again. */
  readonly mayTakeOver?: boolean;
  readonly retryAfterMs?: number;
}

/** Somebody at a panel, from login to logout. */
interface Visit {
  readonly user: string;
  /** Absent as long as Curfew has not been told. */
  open?: Open;
  kept?: KeptAlive;
}

/** What the printers call. In earnest this is the maker's protocol, on a network of their own. */
export function createGateway({ curfew, printers, complain }: GatewayParts) {
  const outbox = new Outbox(complain);
  const visits = new Map<string, Visit>();
  const app = new Hono();

  app.onError((error, c) => {
    complain(error);
    const text =
      error instanceof Misused ? 'This printer is not set up. Please call somebody.' : 'Something went wrong.';
    return c.json({ isIn: false, text } satisfies Told, 502);
  });
  app.post('/printers/:printer/login', async (c) => {
    const { user, takeOver } = await c.req.json<{ user: string; takeOver?: boolean }>();
    return c.json(await logIn(c.req.param('printer'), user, takeOver === true));
  });
  app.post('/printers/:printer/logout', async (c) => {
    await logOut(c.req.param('printer'));
    return c.json({});
  });
  app.post('/printers/:printer/boot', async (c) => {
    await boot(c.req.param('printer'));
    return c.json({});
  });
  return { fetch: (request: Request) => app.fetch(request), waiting: () => outbox.length };

  async function logIn(printer: string, user: string, takeOver: boolean): Promise<Told> {
    const station = curfew.for(printer);
    const said = { ...happened(), takeOver };
    const visit: Visit = { user };
    const answer = await outbox.send(
      () => station.login(user, said),
      (late) => {
        // Whoever was let in on trust may have left since; that is what the outbox says next.
        const told = begin(printer, station, visit, late);
        if (!told.isIn && visits.get(printer) === visit) void forceOut(printer, visit, told.text);
      },
    );
    if (answer !== undefined && answer.is !== 'open') return begin(printer, station, visit, answer);
    visits.get(printer)?.kept?.stop();
    visits.set(printer, visit);
    // Nobody is kept from printing because a line is down; Curfew is told later, and what it then says holds.
    if (answer === undefined) return { isIn: true, text: `Welcome, ${user}. Curfew cannot be reached just now.` };
    return begin(printer, station, visit, answer);
  }

  function begin(printer: string, station: StationClient, visit: Visit, answer: Answer): Told {
    if (answer.is === 'refused') {
      const { sentence, takeOver, retryAfterMs } = answer;
      return { isIn: false, text: sentence, mayTakeOver: takeOver === 'offered', retryAfterMs };
    }
    if (answer.is === 'ended') return { isIn: false, text: answer.sentence };
    visit.open = answer;
    if (visits.get(printer) === visit) {
      visit.kept = station.keepAlive(answer, {
        // A ping says that the printer lives, so it is asked. To go on pinging for one that has crashed is how users get locked out.
        isAlive: async () => (await userAt(printer)) === visit.user,
        ended: ({ sentence }) => void forceOut(printer, visit, sentence),
        failed: complain,
      });
    }
    return { isIn: true, text: `Welcome, ${visit.user}.` };
  }

  async function logOut(printer: string): Promise<void> {
    const visit = visits.get(printer);
    if (visit === undefined) return;
    visits.delete(printer);
    visit.kept?.stop();
    const station = curfew.for(printer);
    const said = happened();
    // Its session, where it is known by the time this is said; else the one that this user has there.
    await outbox.send(
      () => station.logout({ ...said, ...(visit.open ?? { user: visit.user }) }),
      () => {},
    );
  }

  async function boot(printer: string): Promise<void> {
    visits.get(printer)?.kept?.stop();
    visits.delete(printer);
    const station = curfew.for(printer);
    const said = happened();
    await outbox.send(
      () => station.boot(said),
      () => {},
    );
  }

  async function forceOut(printer: string, visit: Visit, text: string): Promise<void> {
    if (visits.get(printer) === visit) visits.delete(printer);
    const headers = { 'content-type': 'application/json' };
    // Where the printer does not answer there is no panel to clear, and the seat is free in any case.
    await fetch(`${printers.get(printer)}/force-logout`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ user: visit.user, text }),
    }).catch(() => {});
  }

  /** `undefined` for a printer that does not answer, too. */
  async function userAt(printer: string): Promise<string | undefined> {
    const answer = await fetch(`${printers.get(printer)}/status`, {
      signal: AbortSignal.timeout(PRINTER_ANSWERS_WITHIN_MS),
    }).catch(() => undefined);
    return answer?.ok ? ((await answer.json()) as { user?: string }).user : undefined;
  }
}

const PRINTER_ANSWERS_WITHIN_MS = 2_000;

/** Of one delivery, however often and however late it is sent. */
const happened = () => ({ id: randomUUID(), occurredAt: Date.now() });
