/** What the console shows to a dashboard. */
import { describe, expect, test } from 'vitest';
import { clockTime, fromNow } from '../../lib/console/instants.ts';
import { durationMs, HOUR, MINUTE, SECOND } from '../../lib/time.ts';
import { into, START } from '../support/world.ts';
import { actionOf, actionsOf, filling, plain, seenBy, usersOf, WIDGET, world } from './dashboard.ts';

describe('asked to describe itself', () => {
  test('the widget answers in Markdown, with its parameters and the rights that it needs', async () => {
    const said = await world().show({ describe: true });
    expect(said).toMatch(/^## /);
    for (const word of ['realm', 'user', 'station', 'rung', 'lambda:InvokeFunction']) expect(said).toContain(word);
    expect(said).not.toContain('<');
  });
});

describe('the listing', () => {
  test('says of each session who, where, on which rung, since when, last heard when and until when', async () => {
    const { station, tell, show, clock } = world();
    await station('lib-1', { name: 'Library 1', location: 'Ground floor' });
    const session = await tell('lib-1', 'login', { user: 'ana' });
    clock.now = into('3m');
    await tell('lib-1', 'ping', { user: 'ana' });
    clock.now = into('4m');
    const html = await show();
    expect(plain(html)).toContain(
      'ana campus Library 1 lib-1 Ground floor active 12:00:00 4m ago 12:03:00 1m ago held until 12:13:00 , in 9m',
    );
    expect(html).toContain(
      'aria-label="opened 12:00:00 (4m ago); last heard 12:03:00 (1m ago); lease 12:13:00 (in 9m); maximum 2026-01-06 00:00:00 (in 11h 56m); now 12:04:00"',
    );
    expect(actionOf(html, 'Open')).toMatchObject({ endpoint: WIDGET, says: { session } });
  });

  test('shows nothing of a session that has ended, by arithmetic or by anybody', async () => {
    const { station, tell, show, clock } = world();
    await station('lib-1');
    await station('lib-2');
    await tell('lib-1', 'login', { user: 'ana' });
    await tell('lib-2', 'login', { user: 'ben' });
    await tell('lib-2', 'logout', { user: 'ben' });
    expect(usersOf(await show())).toEqual(['ana']);
    clock.now = into('11m');
    expect(plain(await show())).toContain('Nobody is logged in anywhere.');
  });

  test('is filtered by the widget’s parameters, and by what its form says instead', async () => {
    const { station, tell, show } = world();
    await station('lib-1');
    await station('lib-2');
    await station('web', { realm: 'bi', kind: 'application' });
    await tell('lib-1', 'login', { user: 'ana' });
    await tell('lib-2', 'login', { user: 'ben' });
    await tell('web', 'login', { user: 'gil' });
    const users = async (event: object) => usersOf(await show(event)).sort();
    expect(await users({ realm: 'bi' })).toEqual(['gil']);
    expect(await users({ station: 'lib-2' })).toEqual(['ben']);
    expect(await users(filling({ user: 'ana', realm: '' }))).toEqual(['ana']);
    expect(await users(filling({ station: 'lib-2' }, { realm: 'campus' })), 'refreshed').toEqual(['ben']);
    expect(await users(filling({ realm: '' }, { realm: 'bi', form: true })), 'the button').toEqual([
      'ana',
      'ben',
      'gil',
    ]);
    expect(await users(filling({ user: 'ana' }, { listing: { filter: { realm: 'bi' } } })), 'another button').toEqual([
      'gil',
    ]);
    expect(await users(filling({ rung: 'lingering' }))).toEqual([]);
    expect(await users(filling({ user: ' ana ', reason: 'x', strange: [1] }))).toEqual(['ana']);
  });

  test('pages through all sessions, each once', async () => {
    const { station, tell, show } = world();
    const people = Array.from({ length: 60 }, (_, n) => `user-${n}`);
    await station('web', { kind: 'application' });
    for (const user of people) await tell('web', 'login', { user });
    const seen: string[] = [];
    let html = await show();
    for (let page = 1; page < 10; page++) {
      seen.push(...usersOf(html));
      const next = actionsOf(html).find(({ label }) => label === 'Next page');
      if (next === undefined) break;
      html = await show(next.says);
      expect(actionOf(html, 'First page').says).toEqual({ listing: { filter: {} } });
    }
    expect(seen.sort()).toEqual(people.sort());
  });

  test('is a table where it is wide, and a list where it is narrow', async () => {
    const { station, tell, show } = world();
    await station('lib-1');
    await tell('lib-1', 'login', { user: 'ana' });
    expect(await show(seenBy({ width: 900 }))).toMatch(/<table[^>]*>.*ana.*<\/table>/s);
    expect(await show(seenBy({ width: 343 }))).toMatch(/<ul[^>]*>.*ana.*<\/ul>/s);
  });

  test('is in the viewer’s theme and time', async () => {
    const { station, tell, show } = world();
    await station('lib-1');
    await tell('lib-1', 'login', { user: 'ana' });
    const html = await show(seenBy({ theme: 'dark', timezone: { label: 'Local', offsetISO: '+05:30' } }));
    expect(html).toContain('<div class="curfew dark">');
    expect(html).toContain('<time datetime="2026-01-05T12:00:00.000Z">17:30:00</time>');
  });

  test.each([
    ['nothing of a dashboard', {}],
    ['a strange one', { widgetContext: { theme: 'pink', width: 'wide', timezone: 5, forms: 'none' } }],
    ['an old one', { widgetContext: { theme: 'dark' } }],
  ])('needs %s', async (_, event) => expect(plain(await world().show(event))).toContain('Live sessions'));

  test.each([[{ realm: 7 }], [{ rung: 'ended' }], [{ listing: [] }], ['text'], [null]])(
    'says so where its parameters are wrong: %j',
    async (event) =>
      expect(plain(await world().show(event as object))).toContain('parameters of this widget are not its own'),
  );
});

describe('a session’s page', () => {
  test('shows its way down, its user’s history and other sessions, and leads back to where it was opened', async () => {
    const { station, tell, show, clock } = world();
    await station('web', { realm: 'bi', kind: 'application', name: 'Reports', reportsActivity: true });
    const first = await tell('web', 'login', { user: 'gil' });
    clock.now = into('1m');
    await tell('web', 'logout', { user: 'gil' });
    const second = await tell('web', 'login', { user: 'gil' });
    clock.now = into('2m');
    const third = await tell('web', 'login', { user: 'gil' });
    const listing = { filter: { realm: 'bi' }, cursor: undefined };
    const html = await show({ session: second, listing });
    const text = plain(html);
    expect(text).toContain('gil at Reports active');
    expect(text).toMatch(
      /active 12:01:00 1m ago opened.*failover 12:11:00 in 9m lease.*remembered .* failover.*ended .* logon-token/,
    );
    expect(text).toMatch(/This user’s other sessions/);
    expect(actionsOf(html).map(({ says }) => says.session)).toContain(third);
    expect(text).toMatch(/History of gil.*12:01:00 logout station:web web 12:00:00/);
    expect(actionOf(html, 'Back to the sessions').says).toEqual({ listing: { filter: { realm: 'bi' } } });
    expect(plain(await show({ session: first }))).toContain('It ended at 12:01:00 (1m ago): logout, by station:web .');
  });

  test('tells of an end that nobody has recorded yet, in the history too, and offers no end', async () => {
    const { station, tell, show, clock } = world();
    await station('lib-1');
    const session = await tell('lib-1', 'login', { user: 'ana' });
    clock.now = into('1h');
    const html = await show({ session });
    expect(plain(html)).toMatch(
      /It ended at 12:10:00 \(50m ago\): lease, by policy .*History of ana.*12:10:00 lease policy/,
    );
    expect(actionsOf(html).map(({ label }) => label)).toEqual(['Back to the sessions']);
  });

  test('pages through the history, newest first', async () => {
    const { history, station, tell, show, clock } = world();
    await station('lib-1');
    for (let n = 0; n < 23; n++) {
      clock.now = into(n * MINUTE);
      const answer = await tell('lib-1', 'login', { user: 'ana' });
      const [epoch = '', seat = ''] = answer.split('.');
      const ended = { at: clock.now, reason: 'logout', by: 'station:lib-1' } as const;
      const name = { realm: 'campus', user: 'ana', seat, epoch: Number.parseInt(epoch, 36) };
      const session = {
        station: 'lib-1',
        onPanel: true,
        openedAt: clock.now,
        activeAt: clock.now,
        heardAt: clock.now,
        loggedOnAt: clock.now,
        deadlines: { leaseAt: clock.now, maximumAt: clock.now },
        jobs: 0,
        openedBy: 'x',
      };
      await tell('lib-1', 'logout', { user: 'ana' });
      await history.keep([
        { past: { name, session: { ...session, state: 'ended', ended }, ended }, keepUntil: into('1d') },
      ]);
    }
    const session = await tell('lib-1', 'login', { user: 'ana' });
    const ends: string[] = [];
    let html = await show({ session });
    for (let page = 0; page < 5; page++) {
      ends.push(...[...plain(html).matchAll(/(\S+) logout station/g)].map(([, at = '']) => at));
      const older = actionsOf(html).find(({ label }) => label === 'Older sessions');
      if (older === undefined) break;
      html = await show(older.says);
    }
    expect(ends).toHaveLength(23);
    expect(ends).toEqual(ends.toSorted().toReversed());
  });

  test.each(['no handle', 'mws8r4ao.0.campus.YW5h'])('of which nothing is known says so: %s', async (session) =>
    expect(plain(await world().show({ session }))).toContain('Nothing is known of such a session'),
  );
});

describe('lengths and instants', () => {
  const now = START;
  test.each([
    [durationMs(0), 'now', 'now'],
    [durationMs(400), 'now', 'now'],
    [durationMs(61 * SECOND), '1m 1s ago', 'in 1m 1s'],
    [durationMs(HOUR + 59 * SECOND), '1h ago', 'in 1h'],
    [durationMs(30 * HOUR + 5 * MINUTE), '1d 6h ago', 'in 1d 6h'],
  ])('%i ms is %s, or %s', (length, ago, ahead) => {
    expect(fromNow(into(-length), now)).toBe(ago);
    expect(fromNow(into(length), now)).toBe(ahead);
  });

  test.each([
    [0, '12:00:00'],
    [-13 * HOUR, '2026-01-04 23:00:00'],
  ])('an instant of another day has its date: %i', (offset, told) =>
    expect(clockTime(into(offset), { now, aheadMs: 0 })).toBe(told),
  );

  test('a day begins where the viewer is', () =>
    expect(clockTime(into(-13 * HOUR), { now, aheadMs: 2 * HOUR })).toBe('01:00:00'));
});
