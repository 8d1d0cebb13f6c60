/** What the console shows of what operators did. */
import { expect, test } from 'vitest';
import { TRAIL_DAYS } from '../../lib/service/ports.ts';
import { after, DAY, durationMs, HOUR } from '../../lib/time.ts';
import { into, START } from '../support/world.ts';
import { actionOf, actionsOf, filling, plain, seenBy, world } from './dashboard.ts';

const OLGA = 'arn:aws:sts::123456789012:assumed-role/Admin/olga';
const PAUL = 'arn:aws:iam::123456789012:user/paul';
const trail = { view: 'trail' };

/** What rows say, from the first one on. */
const rowsOf = (html: string): string[] =>
  [...html.matchAll(/<tr><td.*?<\/tr>/gs)].map(([row]) => plain(row).trim().replace(/ +/g, ' '));

async function eventful() {
  const here = world();
  const { audit, station, clock, tell, end } = here;
  await station('lib-1', { name: 'Library 1' });
  await audit({ principal: OLGA, action: 'issue-key', on: 'lib-1', reason: 'ticket 7' }, async (done) =>
    done({ note: 'generation 1' }),
  );
  clock.now = into('1m');
  await audit({ principal: PAUL, action: 'remove-station', on: 'lib-9' }, async () => {});
  clock.now = into('2m');
  await audit({ principal: PAUL, action: 'forget-user', on: 'bi' }, () => Promise.reject(new Error('away'))).catch(
    () => {},
  );
  clock.now = into('3m');
  const session = await tell('lib-1', 'login', { user: 'ana' });
  await end({ session, reason: 'her printer is on fire' });
  clock.now = into('4m');
  return { ...here, session };
}

test('an administrator sees the last thing first: when, who, what came of it, to what, and why', async () => {
  const { show } = await eventful();
  const html = await show(trail);
  expect(plain(html)).toContain('4 actions');
  expect(rowsOf(html)).toEqual([
    '12:03:00 1m ago console/request-1 ended a session campus Open “ her printer is on fire ”',
    '12:02:00 2m ago user/paul erased a user’s history nobody knows whether it was done bi –',
    '12:01:00 3m ago user/paul removed a station it changed nothing lib-9 –',
    '12:00:00 4m ago assumed-role/Admin/olga issued a key generation 1 Library 1 “ ticket 7 ”',
  ]);
  expect(html).toContain(`title="\u2068${OLGA}\u2069"`);
  const narrow = plain(await show(seenBy({ width: 343 }, trail)));
  for (const told of ['assumed-role/Admin/olga', 'issued a key', 'Library 1', 'ticket 7', '12:00:00']) {
    expect(narrow).toContain(told);
  }
});

test('an end in the trail leads to its session, and a station to its page', async () => {
  const { show, session } = await eventful();
  const html = await show(trail);
  const open = actionOf(html, 'Open');
  expect(open.says).toMatchObject({ session, view: 'trail' });
  expect(plain(await show(open.says))).toContain('her printer is on fire');
  expect(plain(await show(actionOf(html, 'Library 1').says))).toContain('← Operators');
});

test('the trail is found by who, by what, by a station or a realm, and by when', async () => {
  const { show } = await eventful();
  const found = async (form: object) => rowsOf(await show(filling(form, trail))).map((row) => row.slice(0, 8));
  expect(await found({ find: 'OLGA' })).toEqual(['12:00:00']);
  expect(await found({ find: 'removed' })).toEqual(['12:01:00']);
  expect(await found({ find: 'forget-user' })).toEqual(['12:02:00']);
  expect(await found({ find: 'lib-' })).toEqual(['12:01:00', '12:00:00']);
  expect(await found({ find: 'campus' })).toEqual(['12:03:00']);
  expect(await found({ at: '2026-01-05T12:02' })).toEqual(['12:01:00', '12:00:00']);
  expect(plain(await show(filling({ find: 'nobody' }, trail)))).toContain(
    'Operators have done nothing that fits this.',
  );
});

test('the trail has pages, each action on one of them, and says so where there are more than it counts', async () => {
  const { audit, show, clock } = world();
  const begin = async (n: number) => {
    clock.now = into(`${n}s`);
    await audit({ principal: `paul-${n}`, action: 'issue-key', on: 'lib-1' }, async (done) => done());
  };
  for (let n = 1; n <= 60; n++) await begin(n);
  const seen: string[] = [];
  let html = await show(trail);
  expect(plain(html)).toContain('1–25 of 60 actions');
  for (let pages = 1; pages < 10; pages++) {
    seen.push(...rowsOf(html).map((row) => /paul-\d+/.exec(row)?.[0] ?? ''));
    const next = actionsOf(html).find(({ label }) => label === 'Next');
    if (next === undefined) break;
    html = await show(next.says);
  }
  expect(seen).toEqual(Array.from({ length: 60 }, (_, n) => `paul-${60 - n}`));
  for (let n = 61; n <= 230; n++) await begin(n);
  expect(plain(await show(trail))).toContain('1–25 of more than 200 actions');
});

test('what is older than the trail is kept is not shown', async () => {
  const { show, clock } = await eventful();
  clock.now = after(START, durationMs(TRAIL_DAYS * DAY + HOUR));
  expect(plain(await show(trail))).toContain('Operators have done nothing that fits this.');
});
