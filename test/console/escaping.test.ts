/** What others wrote is text. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { userName } from '../../lib/station/message.ts';
import { actionOf, filling, seenBy, skeletonOf, world } from './dashboard.ts';

describe('whatever stations, users and operators wrote', () => {
  const HOSTILE = `"'><img src=x onerror=alert(1)><script>alert(1)</script></cwdb-action></style>&lt;{"a":1}`;

  /** Every view of a world in which this is everybody's name. */
  async function views(text: string): Promise<string[]> {
    const user = userName.safeParse(text).data ?? 'ana';
    const { station, tell, show, end } = world();
    await station('lib-1', { name: text, location: text });
    const session = await tell('lib-1', 'login', { user });
    const listing = await show(filling({ user, station: 'lib-1' }));
    const narrow = await show(seenBy({ width: 343 }));
    const page = await show(actionOf(listing, 'Open').says);
    const button = actionOf(page, 'End the session');
    expect(button.says.session).toBe(session);
    const ended = await end(filling({ reason: 'x' }, button.says));
    const again = await end(filling({ reason: 'x' }, button.says));
    return [listing, narrow, page, ended, again, await show(actionOf(again, 'How it ended').says)];
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
      expect(seen).toContain(shown);
    }
    const question = actionOf(htmls[2] ?? '', 'End the session').confirmation;
    expect(question).toContain(`End the session of \u2068${shown}\u2069 at \u2068${shown}\u2069?`);
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
        expect((await views(text)).map(skeletonOf)).toEqual(plainViews);
      }),
      { numRuns: 100 },
    );
  });
});
