/** What every implementation of the port `Panels` keeps to. */

import { beforeEach, expect, test } from 'vitest';
import type { Panels } from '../../lib/service/ports.ts';
import type { Occupant } from '../../lib/session/panel.ts';
import { at, NOON, said } from './sessions.ts';

const LATER = at(3_600);

export function describePanels(makePanels: () => Promise<Panels>): void {
  let panels: Panels;
  beforeEach(async () => {
    panels = await makePanels();
  });

  const ana: Occupant = { realm: 'campus-print', user: 'ana', epoch: NOON };
  const bob: Occupant = { realm: 'campus-print', user: 'bob', epoch: at(10) };

  test('nobody is on a panel at first', async () => {
    expect((await panels.read('lib-1')).occupant).toBeUndefined();
  });

  test('a user comes to an empty panel', async () => {
    expect(await panels.occupy(ana, said('login-1'), LATER)).toEqual({ won: true, previous: undefined });
    expect((await panels.read('lib-1')).occupant).toEqual(ana);
    expect((await panels.read('lib-2')).occupant).toBeUndefined();
  });

  test('the next user comes, and it is known who was there', async () => {
    await panels.occupy(ana, said('login-1', at(0)), LATER);
    expect(await panels.occupy(bob, said('login-2', at(10)), LATER)).toEqual({ won: true, previous: ana });
    expect((await panels.read('lib-1')).occupant).toEqual(bob);
  });

  test('a login that a newer one overtook does not put its user there, and learns who is', async () => {
    await panels.occupy(bob, said('login-2', at(10)), LATER);
    expect(await panels.occupy(ana, said('login-1', at(0)), LATER)).toEqual({ won: false, current: bob });
    expect((await panels.read('lib-1')).occupant).toEqual(bob);
  });

  test('the same login may come again, with the epoch that it got in the end', async () => {
    await panels.occupy(ana, said('login-1', at(0)), LATER);
    const later = { ...ana, epoch: NOON + 5 };
    expect(await panels.occupy(later, said('login-1', at(0)), LATER)).toEqual({ won: true, previous: ana });
    expect((await panels.read('lib-1')).occupant).toEqual(later);
  });

  test('what is not dated goes by its arrival, and the newest date stays known', async () => {
    await panels.occupy(ana, said('login-1', at(10)), LATER);
    expect(await panels.occupy(bob, said('login-2'), LATER)).toMatchObject({ won: true });
    expect(await panels.occupy(ana, said('login-3', at(9)), LATER)).toEqual({ won: false, current: bob });
    expect(await panels.occupy(ana, said('login-4', at(10)), LATER)).toMatchObject({ won: true });
  });

  test('a dated login comes to a panel that knows no date', async () => {
    await panels.occupy(ana, said('login-1'), LATER);
    expect(await panels.occupy(bob, said('login-2', at(-100)), LATER)).toEqual({ won: true, previous: ana });
  });

  test('the user leaves, and a login from before that is overtaken', async () => {
    await panels.occupy(ana, said('login-1', at(0)), LATER);
    await panels.leave(said('logout-1', at(10)), ana, LATER);
    expect((await panels.read('lib-1')).occupant).toEqual(ana);
    await panels.vacate('lib-1', ana);
    expect((await panels.read('lib-1')).occupant).toBeUndefined();
    expect(await panels.occupy(bob, said('login-0', at(5)), LATER)).toEqual({ won: false, current: undefined });
    expect(await panels.occupy(bob, said('login-2', at(11)), LATER)).toEqual({ won: true, previous: undefined });
  });

  test('who left, and by what, stays known while others come and go', async () => {
    await panels.occupy(ana, said('login-1'), LATER);
    await panels.leave(said('logout-1'), ana, LATER);
    await panels.vacate('lib-1', ana);
    await panels.occupy(bob, said('login-2'), LATER);
    expect(await panels.read('lib-1')).toEqual({ occupant: bob, left: { id: 'logout-1', occupant: ana } });
    await panels.vacate('lib-1', bob);
    expect(await panels.read('lib-1')).toEqual({ left: { id: 'logout-1', occupant: ana } });
    await panels.leave(said('boot-1'), undefined, LATER);
    expect(await panels.read('lib-1')).toEqual({ left: { id: 'boot-1' } });
  });

  test('a logout that overtook its login is remembered by a panel that nobody was on', async () => {
    await panels.leave(said('logout-1', at(10)), undefined, LATER);
    expect(await panels.occupy(ana, said('login-1', at(5)), LATER)).toEqual({ won: false, current: undefined });
  });

  test('a logout that a newer login overtook removes nobody', async () => {
    await panels.occupy(bob, said('login-2', at(10)), LATER);
    expect(await panels.leave(said('logout-1', at(5)), ana, LATER)).toBe(false);
    expect(await panels.read('lib-1')).toEqual({ occupant: bob });
  });

  test('whoever has come since somebody left stays there', async () => {
    await panels.occupy(bob, said('login-2', at(10)), LATER);
    await panels.leave(said('logout-1'), ana, LATER);
    await panels.vacate('lib-1', ana);
    expect(await panels.read('lib-1')).toEqual({ occupant: bob, left: { id: 'logout-1', occupant: ana } });
  });

  test('a session that has ended vacates its panel, and the newest date stays known', async () => {
    await panels.occupy(ana, said('login-1', at(10)), LATER);
    await panels.vacate('lib-1', ana);
    expect((await panels.read('lib-1')).occupant).toBeUndefined();
    expect(await panels.occupy(bob, said('login-0', at(5)), LATER)).toMatchObject({ won: false });
  });

  test.each<Partial<Occupant>>([{ realm: 'other' }, { user: 'bob' }, { epoch: NOON - 1 }])(
    'a session that has ended vacates no panel that another is on: %j',
    async (differs) => {
      await panels.occupy(ana, said('login-1'), LATER);
      await panels.vacate('lib-1', { ...ana, ...differs });
      expect((await panels.read('lib-1')).occupant).toEqual(ana);
    },
  );

  test('a panel that nobody is on is vacated by nobody', async () => {
    await panels.vacate('lib-1', ana);
    expect((await panels.read('lib-1')).occupant).toBeUndefined();
  });

  test('of two who come at once, each comes once, and the second finds the first', async () => {
    const both = await Promise.all([
      panels.occupy(ana, said('login-1'), LATER),
      panels.occupy(bob, said('login-2'), LATER),
    ]);
    const previous = both.map((one) => (one.won ? one.previous : 'lost'));
    const { occupant: last } = await panels.read('lib-1');
    expect(previous).toContain(undefined);
    expect(previous).toContainEqual(last?.user === 'ana' ? bob : ana);
  });
}
