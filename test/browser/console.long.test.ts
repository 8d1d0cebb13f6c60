/** The console in a real browser, on the whole local system: what its page, its widget and its functions do together. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { KEY, type Stage, startStage } from '../console/stage.ts';
import { useTables } from '../support/engine.ts';
import { violations } from './axe.ts';
import { hasBrowser, launchBrowser } from './launch.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const SCRIPT = '<img src=x onerror=alert(1)>';
const ARABIC = 'طابعة المكتبة 🖨️';
const PRINTER = { realm: 'campus-print', kind: 'pinging' };

describe.skipIf(!hasBrowser)('the console in a browser', () => {
  const newTable = useTables();
  let stage: Stage;
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const alarms: string[] = [];

  beforeAll(async () => {
    [stage, browser] = await Promise.all([startStage(newTable()), launchBrowser()]);
    await stage.addStation('lib-1', { ...PRINTER, name: 'Library 1', location: 'Ground floor' });
    await stage.addStation('lib-2', { ...PRINTER, name: 'Library 2' });
    await stage.addStation('ar-1', { ...PRINTER, name: ARABIC });
    await stage.addStation('reports', {
      realm: 'bi-portal',
      kind: 'application',
      name: 'Reports',
      reportsActivity: true,
    });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    expect(alarms.splice(0), 'what the page complained of, and every dialog that a script opened').toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.stop();
  });

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1_100, height: 800 }, ...options });
    contexts.push(context);
    const page = await context.newPage();
    page.on('pageerror', (error) => alarms.push(String(error)));
    page.on('console', (message) => void (message.type() === 'error' && alarms.push(message.text())));
    page.on('dialog', (dialog) => {
      alarms.push(`${dialog.type()}: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(`${stage.url}/#key=${KEY}`);
    await page.getByRole('heading', { name: 'Logged in now' }).waitFor();
    return page;
  }

  /** Whoever is logged in at these stations from now on, and nobody else of theirs. */
  async function logIn(people: Readonly<Record<string, string>>): Promise<void> {
    for (const [user, station] of Object.entries(people)) {
      const { status } = await stage.tell(station, 'login', { user, takeOver: true });
      expect([200, 201], `${user} at ${station}`).toContain(status);
    }
  }

  const row = (page: Page, user: string) =>
    page.getByRole('row').filter({ has: page.getByText(user, { exact: true }) });
  const openSession = (page: Page, user: string) =>
    page.getByRole('button', { name: new RegExp(`^Open the session of .${user}.`) });

  test('a session appears as it opens, and is gone once it has ended', async () => {
    const page = await open();
    await logIn({ ana: 'lib-1' });
    await row(page, 'ana').waitFor();
    expect(await row(page, 'ana').textContent()).toMatch(
      /Library 1.*Ground floor.*logged in.*if nothing more is heard/s,
    );
    await stage.tell('lib-1', 'logout', { user: 'ana' });
    await row(page, 'ana').waitFor({ state: 'detached' });
  });

  test('sessions are found by realm, and by a part of the names of users and stations', async () => {
    await logIn({ ana: 'lib-1', ben: 'lib-2', gil: 'reports' });
    const page = await open();
    const users = async () => (await page.locator('tbody th .short bdi').allTextContents()).sort();
    const filter = async (act: () => Promise<unknown>, expected: string[]) => {
      await act();
      await page.getByRole('button', { name: 'Find', exact: true }).click();
      await expect.poll(users).toEqual(expected);
    };
    await expect.poll(users).toEqual(['ana', 'ben', 'gil']);
    await filter(() => page.getByLabel('Realm').selectOption('bi-portal'), ['gil']);
    await filter(async () => {
      await page.getByLabel('Realm').selectOption('');
      await page.getByLabel('A part of').fill('be');
    }, ['ben']);
    await filter(async () => {
      await page.getByLabel('A part of').fill('library 1');
    }, ['ana']);
    await filter(() => page.getByLabel('A part of').fill('nobody'), []);
    await page.getByText('Nobody is logged in who fits this.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(users).toEqual(['ana', 'ben', 'gil']);
  });

  const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name });
  const ask = (page: Page) => page.getByRole('button', { name: 'End the session…' });
  const yes = (page: Page) => page.getByRole('button', { name: /^End the session of/ });

  test('a session is opened with what comes next, ended after a question, and its user can log in elsewhere', async () => {
    await logIn({ cleo: 'lib-1' });
    const page = await open();
    await openSession(page, 'cleo').click();
    await heading(page, 'cleo at Library 1').waitFor();
    expect(await page.getByRole('img').first().getAttribute('aria-label')).toMatch(
      /^opened .*; silent too long .*; longest stay .*; now /,
    );
    expect(await page.getByRole('table', { name: 'What comes next' }).textContent()).toMatch(
      /logged in.*ended.*nothing was heard for too long/s,
    );

    await page.getByLabel('Why').fill('printer removed');
    await ask(page).click();
    await heading(page, /^End the session of .*cleo.* at .*Library 1.*\?$/).waitFor();
    expect(await page.locator('#widget').textContent()).toMatch(/is free at once.*“printer removed”/s);
    await page.getByRole('button', { name: 'Leave it as it is' }).click();
    await heading(page, 'cleo at Library 1').waitFor();
    expect((await stage.tell('lib-2', 'login', { user: 'cleo' })).status, 'left as it was').toBe(409);

    await page.getByLabel('Why').fill('printer removed');
    await ask(page).click();
    await yes(page).click();
    await page.getByText('The session of cleo has ended.').waitFor();
    await page.getByRole('button', { name: 'How it ended' }).click();
    await page.getByText(/It ended at .*ended by hand, by console\/.*“printer removed”/).waitFor();
    await page.getByRole('button', { name: 'All of this user' }).click();
    await page.getByRole('table', { name: 'History' }).getByText('printer removed').waitFor();
    expect((await stage.tell('lib-1', 'ping', { user: 'cleo' })).status, 'the printer learns of it').toBe(410);
    expect((await stage.tell('lib-2', 'login', { user: 'cleo' })).status).toBe(201);
    await page.getByRole('button', { name: '← Logged in now' }).click();
    await row(page, 'cleo').getByText('Library 2').waitFor();
  });

  test('nothing is ended without a reason, nor twice', async () => {
    await logIn({ dora: 'lib-1' });
    const [first, second] = [await open(), await open()];
    for (const page of [first, second]) {
      await openSession(page, 'dora').click();
      await heading(page, 'dora at Library 1').waitFor();
    }
    await ask(first).click();
    await first.getByText('Nothing was ended: the reason must say why.').waitFor();
    await first.getByLabel('Why').fill('first');
    await second.getByLabel('Why').fill('second');
    for (const page of [first, second]) await ask(page).click();
    await yes(first).click();
    await first.getByText('The session of dora has ended.').waitFor();
    await yes(second).click();
    await second.getByText(/had ended before: at .*ended by hand, by .*“first”. Nothing was changed/).waitFor();
  });

  test('each view has an address, Back leads to the one before, and the key is in none of them', async () => {
    await logIn({ kim: 'lib-1' });
    const page = await open();
    expect(page.url()).toBe(`${stage.url}/`);
    await page.getByLabel('A part of').fill('kim');
    await page.getByRole('button', { name: 'Find', exact: true }).click();
    await row(page, 'kim').waitFor();
    await expect.poll(() => page.url()).toContain('find=kim');
    await openSession(page, 'kim').click();
    await heading(page, 'kim at Library 1').waitFor();
    const address = page.url();
    await page.getByRole('button', { name: 'All of this station' }).click();
    await heading(page, 'Who is there now').waitFor();
    await page.goBack();
    await heading(page, 'kim at Library 1').waitFor();
    await page.goBack();
    await row(page, 'kim').waitFor();
    expect(await page.getByLabel('A part of').inputValue()).toBe('kim');
    await page.goto(address);
    await heading(page, 'kim at Library 1').waitFor();
    expect(address).not.toContain(KEY);
    expect(await page.evaluate('document.activeElement.localName'), 'who opens a page begins at its top').toBe('body');
  });

  test('what users and stations wrote shows as text, in its own direction', async () => {
    await logIn({ [SCRIPT]: 'ar-1' });
    const page = await open();
    const found = row(page, SCRIPT);
    await found.waitFor();
    expect(await found.textContent()).toContain(ARABIC);
    expect(await page.locator('#widget img').count()).toBe(0);
    expect(
      await page
        .locator('bdi', { hasText: ARABIC })
        .first()
        .evaluate('getComputedStyle(document.querySelector("bdi")).unicodeBidi'),
    ).toBe('isolate');
    await found.getByRole('button', { name: /^Open/ }).click();
    await page.getByRole('heading', { name: `${SCRIPT} at ${ARABIC}` }).waitFor();
    await page.getByLabel('Why').fill('<b>bold</b>');
    await ask(page).click();
    await heading(page, `End the session of ${SCRIPT} at ${ARABIC}?`).waitFor();
    await yes(page).click();
    await page.getByText(`The session of ${SCRIPT} has ended.`).waitFor();
    await page.getByRole('button', { name: 'How it ended' }).click();
    await page.getByText('“<b>bold</b>”').first().waitFor();
    expect(await page.locator('#widget img, #widget b, #widget script').count()).toBe(0);
  });

  test('a name turns nothing round that stands beside it: not the heading, nor the question', async () => {
    const name = 'gate\u2069\u202e';
    const shown = 'gate\\u{2069}\\u{202e}';
    await stage.addStation('turning', { ...PRINTER, name });
    await logIn({ lea: 'turning' });
    const page = await open();
    await openSession(page, 'lea').click();
    const title = page.getByRole('heading', { name: `lea at ${shown}` });
    await title.waitFor();
    const leftOf = (text: string) =>
      title.evaluate((element, sought) => {
        const walker = element.ownerDocument.createTreeWalker(element, 4);
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          const at = node.textContent?.indexOf(sought) ?? -1;
          if (at === -1) continue;
          const range = element.ownerDocument.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + sought.length);
          return range.getBoundingClientRect().left;
        }
        return Number.NaN;
      }, text);
    const lefts = await Promise.all(['lea', ' at ', 'gate', 'logged in'].map(leftOf));
    expect(lefts).toEqual([...lefts].sort((a, b) => a - b));
    await page.getByLabel('Why').fill('tried');
    await ask(page).click();
    await heading(page, `End the session of lea at ${shown}?`).waitFor();
    expect(await page.locator('#widget').textContent()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    await page.getByRole('button', { name: 'Leave it as it is' }).click();
  });

  test.each([900, 375])('%d pixels wide, no label of the bar is cut off', async (width) => {
    await logIn({ ida: 'lib-1' });
    const page = await open({ viewport: { width, height: 800 } });
    await openSession(page, 'ida').click();
    await page.getByRole('heading', { name: 'ida at Library 1' }).waitFor();
    const beyond = await page.locator('svg[role=img]').evaluate((svg) =>
      [...svg.querySelectorAll('text')].flatMap((label) => {
        const [its, all] = [label.getBoundingClientRect(), svg.getBoundingClientRect()];
        return its.right > all.right + 0.5 || its.left < all.left - 0.5 ? [label.textContent] : [];
      }),
    );
    expect(beyond).toEqual([]);
  });

  test.each(['light', 'dark'] as const)(
    'in the %s theme everything is accessible, listing, session, question and answer',
    async (theme) => {
      await logIn({ erik: 'lib-1', gil: 'reports' });
      const page = await open({ colorScheme: theme });
      await row(page, 'erik').waitFor();
      expect(await page.locator(`.curfew.${theme}`).count()).toBe(1);
      expect(await violations(page)).toEqual([]);
      await openSession(page, 'gil').first().click();
      await page.getByRole('heading', { name: 'gil at Reports' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: '← Logged in now' }).click();
      await openSession(page, 'erik').click();
      await page.getByLabel('Why').fill('tried');
      await ask(page).click();
      await yes(page).waitFor();
      expect(await violations(page)).toEqual([]);
      await yes(page).click();
      await page.getByText('The session of erik has ended.').waitFor();
      expect(await violations(page)).toEqual([]);
    },
  );

  test('the theme can be chosen, and stays', async () => {
    const page = await open({ colorScheme: 'light' });
    await page.getByLabel('theme').selectOption('dark');
    await page.locator('.curfew.dark').waitFor();
    await page.reload();
    await page.locator('.curfew.dark').waitFor();
    await page.getByRole('heading', { name: 'Logged in now' }).waitFor();
  });

  test('375 pixels are wide enough: nothing is cut off or pushed to and fro', async () => {
    await logIn({ fritz: 'lib-1', [`${'w'.repeat(60)}`]: 'lib-2' });
    const page = await open({ viewport: { width: 375, height: 700 } });
    const isWithin = () => page.evaluate('document.documentElement.scrollWidth <= 375');
    const fritz = page.getByRole('listitem').filter({ hasText: 'fritz' });
    await fritz.waitFor();
    expect(await isWithin()).toBe(true);
    expect(await violations(page)).toEqual([]);
    await fritz.getByRole('button', { name: /^Open/ }).click();
    await page.getByRole('heading', { name: 'fritz at Library 1' }).waitFor();
    expect(await isWithin()).toBe(true);
    expect(await violations(page)).toEqual([]);
  });

  test('the keyboard alone does', async () => {
    await logIn({ hugo: 'lib-1' });
    const page = await open();
    const isFocused = (name: RegExp | string) => async () =>
      page
        .evaluate<string>('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent')
        .then((text) => (typeof name === 'string' ? text === name : name.test(text)));
    const tabTo = async (name: RegExp | string) => {
      for (let n = 0; n < 40 && !(await isFocused(name)()); n++) await page.keyboard.press('Tab');
      expect(await isFocused(name)(), `focus on ${name}`).toBe(true);
    };
    await row(page, 'hugo').waitFor();
    await tabTo(/^Open the session of .hugo./);
    // It stays where it is while the listing is refreshed under it.
    await page.waitForResponse('**/local/console');
    await expect.poll(isFocused(/^Open the session of .hugo./)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'hugo at Library 1' }).waitFor();
    await expect.poll(isFocused(/^hugo at Library 1/)).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.type('tidied up');
    await page.keyboard.press('Enter');
    await yes(page).waitFor();
    await tabTo(/^End the session of .hugo./);
    await page.keyboard.press('Enter');
    await page.getByText('The session of hugo has ended.').waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await tabTo('← Logged in now');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Logged in now' }).waitFor();
    expect(await row(page, 'hugo').count()).toBe(0);
  });

  test('what is being typed is not taken away by a refresh that was on its way', async () => {
    await logIn({ ida: 'lib-1' });
    const page = await open();
    await openSession(page, 'ida').click();
    await page.getByRole('heading', { name: 'ida at Library 1' }).waitFor();
    let [release, begun] = [() => {}, () => {}];
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const isAsking = new Promise<void>((resolve) => {
      begun = resolve;
    });
    await page.route('**/local/console', async (route) => {
      begun();
      await held;
      await route.continue();
    });
    await isAsking;
    await page.getByLabel('Why').fill('half a rea');
    const answered = page.waitForResponse('**/local/console');
    release();
    await (await answered).finished();
    await page.locator('#widget:not([aria-busy])').waitFor();
    expect(await page.getByLabel('Why').inputValue()).toBe('half a rea');
  });

  test('a wrong key shows nothing, and the right one is asked for once in each tab', async () => {
    const context = await browser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(stage.url);
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Operator key').fill('not-the-operator-key');
    await page.getByRole('button', { name: 'Show the sessions' }).click();
    await page.getByRole('alert').getByText('This is not the operator key.').waitFor();
    expect(await page.locator('#widget').textContent()).toBe('');
    await page.getByLabel('Operator key').fill(KEY);
    await page.getByRole('button', { name: 'Show the sessions' }).click();
    await page.getByRole('heading', { name: 'Logged in now' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Logged in now' }).waitFor();
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.reload();
    await page.getByLabel('Operator key').waitFor();
  });
});
