/** What others wrote is text. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { userName } from '../../lib/station/message.ts';
import { into } from '../support/world.ts';
import { actionOf, actionsOf, filling, seenBy, skeletonOf, world } from './dashboard.ts';

describe('whatever stations, users and operators wrote', () => {
  const HOSTILE = `"'><img src=x onerror=alert(1)><script>alert(1)</script></cwdb-action></style>&lt;{"a":1}`;

  /** Every view of a world in which this is everybody's name. */
  async function views(text: string): Promise<string[]> {
    const user = userName.safeParse(text).data ?? 'ana';
    const { station, tell, show, end, audit, clock } = world();
    await station('lib-1', { name: text, location: text });
    const session = await tell('lib-1', 'login', { user });
    const listing = await show(filling({ find: user }));
    const narrow = await show(seenBy({ width: 343 }));
    const page = await show(actionOf(listing, 'Open').says);
    const ask = actionOf(page, 'End the session…');
    expect(ask.says.session).toBe(session);
    const [person, place] = [await show(actionOf(page, 'All of this user').says), await show({ ofStation: 'lib-1' })];
    const stations = await show({ view: 'stations' });
    const question = await show(filling({ reason: 'x' }, ask.says));
    const button = actionsOf(question).find(({ label }) => label === 'End the session');
    const says = button?.says ?? { session };
    const ended = await end({ ...says, reason: 'x' });
    const again = await end({ ...says, reason: 'x' });
    const how = await show(actionOf(again, 'How it ended').says);
    clock.now = into('1s');
    await audit({ principal: text, action: 'forget-user', on: text, reason: text }, async (done) =>
      done({ note: text }),
    );
    clock.now = into('2s');
    await audit({ principal: 'arn:aws:iam::1:user/ana', action: 'issue-key', on: 'lib-1' }, async (done) => done());
    const trails = [await show({ view: 'trail' }), await show(seenBy({ width: 343 }, { view: 'trail' }))];
    return [listing, narrow, page, person, place, stations, question, ended, again, how, ...trails];
  }

  test('is text, and nothing of it is an element, an attribute or a script', async () => {
    for (const html of await views(HOSTILE)) {
      expect(html).not.toMatch(/<(?:script|img|iframe|use|b)\b/i);
      expect(skeletonOf(html)).not.toMatch(/\bon|\bhref|\bsrc/);
      expect(html.match(/<\/style>/g)).toHaveLength(1);
    }
    const [listing = ''] = await views(HOSTILE);
    expect(listing).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  test('turns nothing round: what would leave its own direction is in writing', async () => {
    const turning = 'ana\u2069\u202egnitset\u2066\u200f\u061c';
    const shown = 'ana\\u{2069}\\u{202e}gnitset\\u{2066}\\u{200f}\\u{61c}';
    const htmls = await views(turning);
    for (const html of htmls) {
      // What was typed into the filter stays as it was typed, and what buttons say is read by nobody.
      const seen = html.replace(/ value="[^"]*"|(?<=<cwdb-action [^>]*>).*?(?=<\/cwdb-action>)/gs, '');
      expect(seen.replace(/\u2068|\u2069(?=\?| at | |")/g, '')).not.toMatch(/(?![\u200c\u200d])\p{Cf}/u);
    }
    for (const html of htmls) expect(html).toContain(shown);
  });

  test('changes nothing of how a view is built', async () => {
    const plainViews = (await views('ana')).map(skeletonOf);
    const anything = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    const nasty = fc
      .array(
        fc.constantFrom(
          '<',
          '>',
          '"',
          "'",
          '&',
          '/',
          '\\',
          '`',
          '{',
          '}',
          'x',
          ' ',
          '\u2028',
          '\u202e',
          '🖨️',
          '<!--',
          ']]>',
        ),
        { minLength: 1 },
      )
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, nasty), async (text) => {
        // A name that nobody can see is none: its station goes by its id.
        fc.pre(text.trim() !== '');
        expect((await views(text)).map(skeletonOf)).toEqual(plainViews);
      }),
      { numRuns: 100 },
    );
  });
});
