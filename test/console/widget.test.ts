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
      'ana campus Library 1 Ground floor logged in 12:00:00 4m ago 12:03:00 1m ago in 9m 2s, at 12:13:02 , if nothing more is heard',
    );
    expect(html).toContain(
      'aria-label="opened 12:00:00 (4m ago); last heard 12:03:00 (1m ago); silent too long 12:13:00 (in 9m); longest stay 2026-01-06 00:00:00 (in 11h 56m); now 12:04:00"',
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
    expect(await users(filling({ find: 'AN', realm: '' }))).toEqual(['ana']);
    expect(await users(filling({ find: 'lib-2' }, { realm: 'campus' })), 'refreshed').toEqual(['ben']);
    expect(await users(filling({ realm: '' }, { realm: 'bi', form: '1' })), 'the button').toEqual([
      'ana',
      'ben',
      'gil',
    ]);
    expect(await users(filling({ find: 'ana' }, { realm: 'bi', set: '1' })), 'another button').toEqual(['gil']);
    expect(await users(filling({ rung: 'lingering' }))).toEqual([]);
    expect(await users(filling({ find: ' ana ', reason: 'x', strange: [1] }))).toEqual(['ana']);
  });

  test('pages through all sessions, each once', async () => {
    const { station, tell, show } = world();
    const people = Array.from({ length: 60 }, (_, n) => `user-${n}`);
    await station('web', { kind: 'application' });
    for (const user of people) await tell('web', 'login', { user });
    const seen: string[] = [];
    let html = await show();
    expect(plain(html)).toContain('1–25 of 60 sessions');
    for (let page = 1; page < 10; page++) {
      seen.push(...usersOf(html));
      const next = actionsOf(html).find(({ label }) => label === 'Next');
      if (next === undefined) break;
      html = await show(next.says);
    }
    expect(plain(html)).toContain('51–60 of 60 sessions');
    expect(seen).toEqual(people);
    expect(usersOf(await show(actionOf(html, 'Previous').says))).toEqual(people.slice(25, 50));
    expect(usersOf(await show(actionOf(html, 'First').says))).toEqual(people.slice(0, 25));
    expect(usersOf(await show({ page: '9', set: '1' })), 'of a page that is gone, the last').toEqual(people.slice(50));
  });

  test('is sorted by a click on a heading, and by another the other way round', async () => {
    const { station, tell, show, clock } = world();
    await station('lib-1', { name: 'Zoo' });
    await station('web', { kind: 'application' });
    for (const [n, user] of ['ben', 'ana', 'cy'].entries()) {
      clock.now = into(n * MINUTE);
      await tell(n === 0 ? 'lib-1' : 'web', 'login', { user });
    }
    const html = await show();
    expect(usersOf(html)).toEqual(['ana', 'ben', 'cy']);
    const opened = await show(actionOf(html, 'Opened').says);
    expect(usersOf(opened)).toEqual(['ben', 'ana', 'cy']);
    expect(opened).toMatch(/aria-sort="ascending"><button[^>]*id="curfew-sort-opened"/);
    expect(usersOf(await show(actionOf(opened, 'Opened ▲').says))).toEqual(['cy', 'ana', 'ben']);
    expect(usersOf(await show(actionOf(html, 'User ▲').says))).toEqual(['cy', 'ben', 'ana']);
    for (const sort of ['station', '-heard', 'state', 'free', 'colour']) {
      expect(usersOf(await show({ sort, set: '1' })).sort()).toEqual(['ana', 'ben', 'cy']);
    }
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
  ])('needs %s', async (_, event) => expect(plain(await world().show(event))).toContain('Logged in now'));

  test.each([[{ realm: 7 }], [{ rung: 'ended' }], [{ find: [] }], ['text'], [null]])(
    'says so where its parameters are wrong: %j',
    async (event) =>
      expect(plain(await world().show(event as object))).toContain('parameters of this widget are not its own'),
  );
});

describe('a session’s page', () => {
  test('shows what comes next and its user’s other sessions, and leads to where it was opened, its user and its station', async () => {
    const { station, tell, show, clock } = world();
    await station('web', { realm: 'bi', kind: 'application', name: 'Reports', reportsActivity: true });
    const first = await tell('web', 'login', { user: 'gil' });
    clock.now = into('1m');
    await tell('web', 'logout', { user: 'gil' });
    const second = await tell('web', 'login', { user: 'gil' });
    clock.now = into('2m');
    const third = await tell('web', 'login', { user: 'gil' });
    const html = await show({ session: second, realm: 'bi', page: '2', set: '1' });
    const text = plain(html);
    expect(text).toContain('gil at Reports logged in');
    expect(text).toMatch(
      /logged in 12:01:00 1m ago logged in.*gone quiet, may come back 12:11:00 in 9m nothing was heard for too long.*remembered, may come back .* did not come back.*ended .* the logon had lasted/,
    );
    expect(text).toMatch(/This user’s other sessions/);
    expect(actionsOf(html).map(({ says }) => says.session)).toContain(third);
    expect(actionOf(html, '← Logged in now').says).toEqual({ realm: 'bi', page: '2', set: '1' });
    expect(actionOf(html, 'All of this user').says).toMatchObject({ ofUser: 'gil', inRealm: 'bi' });
    expect(actionOf(html, 'All of this station').says).toMatchObject({ ofStation: 'web' });
    expect(plain(await show({ session: first }))).toContain(
      'It ended at 12:01:00 (1m ago): logged out, by station web .',
    );
  });

  test('tells of an end that nobody has recorded yet, and offers no end', async () => {
    const { station, tell, show, clock } = world();
    await station('lib-1');
    const session = await tell('lib-1', 'login', { user: 'ana' });
    clock.now = into('1h');
    const html = await show({ session });
    expect(plain(html)).toContain('It ended at 12:10:00 (50m ago): nothing was heard for too long, by the rules .');
    expect(actionsOf(html).map(({ label }) => label)).not.toContain('End the session…');
    const asked = await show(filling({ reason: 'x' }, { session, ask: 'end', set: '1' }));
    expect(actionsOf(asked).map(({ label }) => label)).not.toContain('End the session');
  });

  test.each(['no handle', 'mws8r4ao.0.campus.YW5h'])('of which nothing is known says so: %s', async (session) =>
    expect(plain(await world().show({ session }))).toContain('Nothing is known of such a session'),
  );
});

/** A session that has ended, as history keeps it. */
async function left(
  { history }: Pick<ReturnType<typeof world>, 'history'>,
  user: string,
  minute: number,
  station = 'lib-1',
) {
  const at = into(minute * MINUTE);
  const ended = { at, reason: 'logout', by: `station:${station}` } as const;
  const signs = { openedAt: at, activeAt: at, heardAt: at, loggedOnAt: at };
  const facts = { station, onPanel: true, deadlines: { leaseAt: at, maximumAt: at }, jobs: 0, openedBy: 'x' };
  const name = { realm: 'campus', user, seat: '0', epoch: at };
  await history.keep([
    { past: { name, session: { ...signs, ...facts, state: 'ended', ended }, ended }, keepUntil: into('1d') },
  ]);
}

/** All pages of a history, by when each ended. */
async function allEnds(show: ReturnType<typeof world>['show'], says: object): Promise<string[]> {
  const ends: string[] = [];
  let html = await show(says);
  for (let page = 0; page < 5; page++) {
    ends.push(...[...plain(html).matchAll(/(\S+) (?:\S+ ago|now) logged out/g)].map(([, at = '']) => at));
    const older = actionsOf(html).find(({ label }) => label === 'Older sessions');
    if (older === undefined) break;
    html = await show(older.says);
  }
  return ends;
}

describe('a user’s page', () => {
  test('is there for one who is out, with all that has ended, newest first', async () => {
    const here = world();
    await here.station('lib-1');
    for (let n = 0; n < 23; n++) await left(here, 'ana', n);
    here.clock.now = into('1h');
    const says = { ofUser: 'ana', inRealm: 'campus', set: '1' };
    expect(plain(await here.show(says))).toMatch(/ana campus.*Not logged in anywhere\./);
    const ends = await allEnds(here.show, says);
    expect(ends).toHaveLength(23);
    expect(ends).toEqual(ends.toSorted().toReversed());
  });

  test('is found by whoever looks for a part of the name among those who have left', async () => {
    const here = world();
    await here.station('lib-1');
    await left(here, 'vera.meyer', 0);
    here.clock.now = into('1h');
    const none = await here.show(filling({ find: 'MEYER' }));
    expect(plain(none)).toContain('Nobody is logged in who fits this.');
    const earlier = await here.show(actionOf(none, 'Look among those who have left').says);
    expect(usersOf(earlier)).toEqual(['vera.meyer']);
    expect(plain(await here.show(actionOf(earlier, 'vera.meyer').says))).toContain('vera.meyer campus Not logged in');
  });

  test('has the end of the only session beside its heading, and of several none', async () => {
    const { station, tell, show } = world();
    await station('lib-1');
    await station('web', { realm: 'bi', kind: 'application' });
    const session = await tell('lib-1', 'login', { user: 'ana' });
    const one = await show({ ofUser: 'ana', inRealm: 'campus', set: '1' });
    expect(one.indexOf('End the session…')).toBeLessThan(one.indexOf('Logged in at one station.'));
    expect(actionOf(one, 'End the session…').says).toMatchObject({ session });
    for (let n = 0; n < 2; n++) await tell('web', 'login', { user: 'gil' });
    const two = await show({ ofUser: 'gil', inRealm: 'bi', set: '1' });
    expect(plain(two)).toContain('Logged in, with 2 sessions.');
    expect(actionsOf(two).map(({ label }) => label)).not.toContain('End the session…');
  });
});

describe('what somebody was refused', () => {
  test('is told with a command that can be pasted, its quotes included', async () => {
    const { station, tell, show, refusals, clock } = world();
    await station('lib-1', { name: 'Library 1' });
    await station('lib-2', { name: 'Library 2' });
    const session = await tell('lib-1', 'login', { user: 'ana' });
    await refusals.keep(
      {
        at: clock.now,
        station: 'lib-2',
        realm: 'campus',
        user: 'ana',
        isProven: true,
        event: 'login',
        problem: 'seat-taken',
        holder: { session, station: 'lib-1', freeAt: into('10m') },
      },
      into('1d'),
    );
    const html = await show({ ofUser: 'ana', inRealm: 'campus', set: '1' });
    expect(html).toContain(`npx curfew sessions end ${session} --reason &#39;say why&#39;`);
  });
});

describe('who was here before', () => {
  test('has in a list, too, the reason after who gave it', async () => {
    const { station, tell, show, end, clock } = world();
    await station('lib-1');
    const session = await tell('lib-1', 'login', { user: 'ana' });
    await end({ session, reason: 'printer removed' }, 'call-1');
    clock.now = into('1m');
    const html = await show(seenBy({ width: 343 }, { ofUser: 'ana', inRealm: 'campus', set: '1' }));
    expect(plain(html)).toMatch(/ended by hand, by console\/call-1 “ ?printer removed ?”/);
  });

  test('is told by the clock of whoever asks', async () => {
    const here = world();
    await here.station('lib-1');
    await here.tell('lib-1', 'login', { user: 'ana' });
    await left(here, 'ben', 5, 'lib-1');
    here.clock.now = into('1h');
    const vienna = { timezone: { label: 'Local', offsetISO: '+01:00' } };
    const at = async (time: string) =>
      usersOf(
        await here.show(seenBy({ ...vienna, forms: { all: { at: `2026-01-05T${time}` } } }, { view: 'earlier' })),
      );
    expect(await at('13:04')).toEqual([]);
    expect(usersOf(await here.show({ view: 'earlier' }))).toEqual(['ben']);
  });
});

describe('stations', () => {
  test('are listed with how they do, and found by a part of their names', async () => {
    const { station, tell, show } = world();
    await station('lib-1', { name: 'Library 1', location: 'Ground floor' });
    await station('cp-05', { name: 'Law', location: 'Room 0.14' });
    await tell('lib-1', 'login', { user: 'ana' });
    const html = await show({ view: 'stations' });
    expect(plain(html)).toMatch(/2 stations .*Law cp-05 Room 0\.14 .*Library 1 lib-1 Ground floor .* ana /);
    expect(plain(await show(filling({ find: 'room 0' }, { view: 'stations' })))).toMatch(/1 station .*Law/);
    expect(plain(await show(filling({ find: 'cellar' }, { view: 'stations' })))).toContain(
      'No station is registered that',
    );
  });

  test('each have a page: who is there, and who has left', async () => {
    const here = world();
    await here.station('lib-1', { name: 'Library 1' });
    for (let n = 0; n < 12; n++) await left(here, `user-${n}`, n);
    here.clock.now = into('1h');
    await here.tell('lib-1', 'login', { user: 'ana' });
    const says = { ofStation: 'lib-1', set: '1' };
    const html = await here.show(says);
    expect(plain(html)).toMatch(
      /Library 1 .*Who is there now .*ana campus.*Who has left, the last one first .*user-11/,
    );
    expect(await allEnds(here.show, says)).toHaveLength(12);
    expect(plain(await here.show({ ofStation: 'gone', set: '1' }))).toContain('No station gone is registered.');
  });
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
