/** Ending a session on a dashboard, and what is said when something is wrong. */
import { describe, expect, test } from 'vitest';
import { Unavailable } from '../../lib/service/ports.ts';
import { actionOf, actionsOf, END, filling, plain, WIDGET, world } from './dashboard.ts';

describe('ending a session', () => {
  const opened = async () => {
    const here = world();
    await here.station('lib-1', { name: 'Library 1' });
    await here.station('lib-2');
    const session = await here.tell('lib-1', 'login', { user: 'ana' });
    const page = await here.show({ session, realm: 'campus', set: '1' });
    const ask = actionOf(page, 'End the session…');
    const question = await here.show(filling({ reason: ' printer removed ' }, ask.says));
    return { ...here, session, ask, question, button: actionOf(question, 'End the session') };
  };

  test('is asked of the other function, after a question that says what will happen', async () => {
    const { session, ask, question, button } = await opened();
    expect(ask).toMatchObject({ endpoint: WIDGET, says: { session, ask: 'end' } });
    expect(button).toMatchObject({ endpoint: END, says: { session, widget: WIDGET, reason: 'printer removed' } });
    expect(plain(question)).toMatch(
      /End the session of ana at Library 1 ?\?.*free at once: ana can log in elsewhere.*not stopped.*must log in again.*Why: “ ?printer removed/,
    );
    expect(actionOf(question, 'Leave it as it is').says).toMatchObject({ session });
  });

  test('frees the seat at once, keeps the reason and by which call, and is audited', async () => {
    const { button, end, tell, show, session, audited } = await opened();
    const html = await end(button.says, '7c0e');
    expect(plain(html)).toContain('The session of ana has ended.');
    expect(await tell('lib-2', 'login', { user: 'ana' })).toMatch(/campus/);
    expect(audited).toEqual([
      { principal: 'console/7c0e', action: 'end-session', on: session, note: 'printer removed' },
    ]);
    expect(actionOf(html, 'How it ended')).toMatchObject({ endpoint: WIDGET, says: { session } });
    expect(actionOf(html, '← Logged in now').says).toEqual({ realm: 'campus', set: '1' });
    expect(plain(await show({ session })), 'its seat has moved on, and no stream has come by').toContain(
      'Nothing is known',
    );
  });

  test('by two at once is one end and one audit entry; the other is told when, why and by whom', async () => {
    const { button, end, audited } = await opened();
    const answers = await Promise.all([
      end({ ...button.says, reason: 'mine' }, 'a'),
      end({ ...button.says, reason: 'yours' }, 'b'),
    ]);
    expect(answers.filter((html) => plain(html).includes('The session of ana has ended.'))).toHaveLength(1);
    expect(
      answers.filter((html) => /had ended before: at 12:00:00 .*ended by hand, by console/.test(plain(html))),
    ).toHaveLength(1);
    expect(audited).toHaveLength(1);
  });

  test.each([
    ['none', {}],
    ['a blank one', { reason: '  ' }],
    ['one too long', { reason: 'x'.repeat(257) }],
    ['one with control characters', { reason: 'a\u0000b' }],
  ])('with no good reason ends nothing: %s', async (_, form) => {
    const { ask, button, end, show, session, audited } = await opened();
    // It is checked before the question.
    const asked = await show(filling(form, ask.says));
    expect(plain(asked)).toMatch(/Nothing was ended: the reason must.* ana at Library 1 logged in/);
    expect(actionsOf(asked).map(({ label }) => label)).not.toContain('End the session');
    // And again by the function that ends, whoever calls it.
    const { reason: __, ...says } = button.says;
    const html = await end(filling(form, says));
    expect(plain(html)).toMatch(/Nothing was ended: the reason must/);
    expect(plain(await show(actionOf(html, 'Back to the session').says))).toContain('ana at Library 1 logged in');
    expect(actionOf(html, 'Back to the session').says.session).toBe(session);
    expect(audited).toEqual([]);
    const again = await show(filling({ reason: 'a better one' }, actionOf(html, 'End the session…').says));
    expect(plain(await end(actionOf(again, 'End the session').says))).toContain('The session of ana has ended.');
  });

  test.each([
    ['no session', {}],
    ['no handle', { session: 'x' }],
    ['one that never was', { session: 'mws8r4ao.0.campus.YW5h' }],
  ])('where there is none says so: %s', async (_, says) => {
    const { end, audited } = await opened();
    expect(plain(await end(filling({ reason: 'gone' }, says)))).toContain(
      'Nothing is known of such a session. Nothing was changed.',
    );
    expect(audited).toEqual([]);
  });

  test('never calls a function that is none', async () => {
    const { end, session } = await opened();
    const html = await end(filling({ reason: 'x' }, { session, widget: 'arn:evil"><script>' }));
    expect(plain(html)).toContain('parameters of this widget are not its own');
    expect(actionsOf(html)).toEqual([]);
  });
});

describe('when something is wrong', () => {
  test('a table that does not answer is said, and logged', async () => {
    const { show, complaints } = world({ seats: { due: () => Promise.reject(new Unavailable('seat')) } });
    const html = await show();
    expect(plain(html)).toContain('The table does not answer just now; asking again is safe.');
    expect(actionOf(html, 'Show the sessions').says).toEqual({ set: '1' });
    expect(complaints).toHaveLength(1);
  });

  test('a defect is logged, and its viewer learns nothing of it', async () => {
    const { show, complaints } = world({ seats: { due: () => Promise.reject(new Error('secret detail')) } });
    expect(plain(await show())).toMatch(/^(?!.*secret).*error is in the log/);
    expect(complaints).toEqual(['unexpected error']);
  });

  test('a page that is not known any more leads back to the first', async () => {
    const { show, complaints } = world();
    const html = await show({ ofStation: 'lib-1', past: 'no cursor', set: '1' });
    expect(plain(html)).toContain('begin again');
    expect(complaints).toEqual([]);
  });
});
