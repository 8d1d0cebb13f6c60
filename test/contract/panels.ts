/** What every implementation of the port `Panels` keeps to. */
import { beforeEach, expect, test } from 'vitest';
import type { Occupant, Panels } from '../../lib/session/ports.ts';
import { at, NOON, said } from './sessions.ts';

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
    expect(await panels.occupy(ana, said('login-1'))).toEqual({ won: true, previous: undefined });
    expect((await panels.read('lib-1')).occupant).toEqual(ana);
    expect((await panels.read('lib-2')).occupant).toBeUndefined();
  });

  test('the next user comes, and it is known who was there', async () => {
    await panels.occupy(ana, said('login-1', at(0)));
    expect(await panels.occupy(bob, said('login-2', at(10)))).toEqual({ won: true, previous: ana });
    expect((await panels.read('lib-1')).occupant).toEqual(bob);
  });

  test('a login that a newer one overtook does not put its user there, and learns who is', async () => {
    await panels.occupy(bob, said('login-2', at(10)));
    expect(await panels.occupy(ana, said('login-1', at(0)))).toEqual({ won: false, current: bob });
    expect((await panels.read('lib-1')).occupant).toEqual(bob);
  });

  test('the same login may come again, with the epoch that it got in the end', async () => {
    await panels.occupy(ana, said('login-1', at(0)));
    const later = { ...ana, epoch: NOON + 5 };
    expect(await panels.occupy(later, said('login-1', at(0)))).toEqual({ won: true, previous: ana });
    expect((await panels.read('lib-1')).occupant).toEqual(later);
  });

  test('what is not dated goes by its arrival, and the newest date stays known', async () => {
    await panels.occupy(ana, said('login-1', at(10)));
    expect(await panels.occupy(bob, said('login-2'))).toMatchObject({ won: true });
    expect(await panels.occupy(ana, said('login-3', at(9)))).toEqual({ won: false, current: bob });
    expect(await panels.occupy(ana, said('login-4', at(10)))).toMatchObject({ won: true });
  });

  test('a dated login comes to a panel that knows no date', async () => {
    await panels.occupy(ana, said('login-1'));
    expect(await panels.occupy(bob, said('login-2', at(-100)))).toEqual({ won: true, previous: ana });
  });

  test('the user leaves, and a login from before that is overtaken', async () => {
    await panels.occupy(ana, said('login-1', at(0)));
    await panels.leave(said('logout-1', at(10)), ana);
    expect((await panels.read('lib-1')).occupant).toEqual(ana);
    await panels.vacate('lib-1', ana);
    expect((await panels.read('lib-1')).occupant).toBeUndefined();
    expect(await panels.occupy(bob, said('login-0', at(5)))).toEqual({ won: false, current: undefined });
    expect(await panels.occupy(bob, said('login-2', at(11)))).toEqual({ won: true, previous: undefined });
  });

  test('who left, and by what, stays known while others come and go', async () => {
    await panels.occupy(ana, said('login-1'));
    await panels.leave(said('logout-1'), ana);
    await panels.vacate('lib-1', ana);
    await panels.occupy(bob, said('login-2'));
    expect(await panels.read('lib-1')).toEqual({ occupant: bob, left: { id: 'logout-1', occupant: ana } });
    await panels.vacate('lib-1', bob);
    expect(await panels.read('lib-1')).toEqual({ left: { id: 'logout-1', occupant: ana } });
    await panels.leave(said('boot-1'), undefined);
    expect(await panels.read('lib-1')).toEqual({ left: { id: 'boot-1' } });
  });

  test('a logout that overtook its login is remembered by a panel that nobody was on', async () => {
    await panels.leave(said('logout-1', at(10)), undefined);
    expect(await panels.occupy(ana, said('login-1', at(5)))).toEqual({ won: false, current: undefined });
  });

  test('a logout that a newer login overtook removes nobody', async () => {
    await panels.occupy(bob, said('login-2', at(10)));
    expect(await panels.leave(said('logout-1', at(5)), ana)).toBe(false);
    expect(await panels.read('lib-1')).toEqual({ occupant: bob });
  });

  test('whoever has come since somebody left stays there', async () => {
    await panels.occupy(bob, said('login-2', at(10)));
    await panels.leave(said('logout-1'), ana);
    await panels.vacate('lib-1', ana);
    expect(await panels.read('lib-1')).toEqual({ occupant: bob, left: { id: 'logout-1', occupant: ana } });
  });

  test('a session that has ended vacates its panel, and the newest date stays known', async () => {
    await panels.occupy(ana, said('login-1', at(10)));
    await panels.vacate('lib-1', ana);
    expect((await panels.read('lib-1')).occupant).toBeUndefined();
    expect(await panels.occupy(bob, said('login-0', at(5)))).toMatchObject({ won: false });
  });

  test.each<Partial<Occupant>>([{ realm: 'other' }, { user: 'bob' }, { epoch: NOON - 1 }])(
    'a session that has ended vacates no panel that another is on: %j',
    async (differs) => {
      await panels.occupy(ana, said('login-1'));
      await panels.vacate('lib-1', { ...ana, ...differs });
      expect((await panels.read('lib-1')).occupant).toEqual(ana);
    },
  );

  test('a panel that nobody is on is vacated by nobody', async () => {
    await panels.vacate('lib-1', ana);
    expect((await panels.read('lib-1')).occupant).toBeUndefined();
  });

  test('of two who come at once, each comes once, and the second finds the first', async () => {
    const both = await Promise.all([panels.occupy(ana, said('login-1')), panels.occupy(bob, said('login-2'))]);
    const previous = both.map((one) => (one.won ? one.previous : 'lost'));
    const { occupant: last } = await panels.read('lib-1');
    expect(previous).toContain(undefined);
    expect(previous).toContainEqual(last?.user === 'ana' ? bob : ana);
  });
}
