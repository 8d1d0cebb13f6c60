/** The console with a whole campus in it: 300 sessions of 250 users at 60 stations. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { crowd, SESSIONS } from '../console/crowd.ts';
import { KEY, type Stage, startStage } from '../console/stage.ts';
import { useTables } from '../support/engine.ts';
import { violations } from './axe.ts';
import { hasBrowser, launchBrowser } from './launch.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

describe.skipIf(!hasBrowser)('the console of a campus', () => {
  const newTable = useTables();
  let stage: Stage;
  let browser: Browser;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    [stage, browser] = await Promise.all([startStage(newTable()), launchBrowser()]);
    await crowd(stage);
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.stop();
  });

  async function open(options: BrowserContextOptions): Promise<Page> {
    const context = await browser.newContext(options);
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${stage.url}/#key=${KEY}`);
    await page.getByRole('heading', { name: 'Logged in now' }).waitFor();
    return page;
  }

  test('pages add up to what the API lists, by each column, and none is empty', async () => {
    const page = await open({ viewport: { width: 1_280, height: 900 } });
    await page.getByLabel('refresh').uncheck();
    const listed: string[] = [];
    let cursor = '';
    do {
      const { body } = await stage.operator('GET', `/v1/sessions?limit=100${cursor}`);
      listed.push(...(body.sessions as { user: string }[]).map(({ user }) => user));
      cursor = body.cursor === undefined ? '' : `&cursor=${body.cursor}`;
    } while (cursor !== '');
    expect(listed.length).toBeGreaterThanOrEqual(SESSIONS);
    for (const column of ['Station', 'Opened']) {
      await page.getByRole('columnheader').getByRole('button', { name: column }).click();
      await page.locator('th[aria-sort=ascending]', { hasText: column }).waitFor();
      await page
        .getByText(new RegExp(`^1–25 of ${listed.length} sessions`))
        .first()
        .waitFor();
      const seen: string[] = [];
      for (;;) {
        const users = await page.locator('tbody th .short bdi').allTextContents();
        expect(users.length).toBeGreaterThan(0);
        seen.push(...users);
        const next = page.getByRole('button', { name: 'Next' }).first();
        if ((await next.count()) === 0) break;
        await next.click();
        await page
          .getByText(new RegExp(`^${seen.length + 1}–`))
          .first()
          .waitFor();
      }
      expect(seen.sort()).toEqual(listed.sort());
    }
  });

  test.each([
    [1_280, 'light'],
    [1_280, 'dark'],
    [375, 'light'],
    [375, 'dark'],
  ] as const)('every view is accessible and fits, %i pixels wide and %s', async (width, colorScheme) => {
    const page = await open({ viewport: { width, height: 900 }, colorScheme });
    await page.getByLabel('refresh').uncheck();
    const views = [
      ['/', 'Logged in now'],
      ['/?set=1&page=12', 'Logged in now'],
      ['/?set=1&view=stations', 'Stations'],
      ['/?set=1&view=trail', 'What operators did'],
      ['/?set=1&view=earlier', 'Earlier sessions'],
      ['/?set=1&ofUser=ana0&inRealm=campus-print', 'ana0'],
      ['/?set=1&ofUser=nobody&inRealm=campus-print', 'nobody'],
      ['/?set=1&ofStation=cp-50', 'Law faculty 50'],
      ['/?set=1&ofStation=nowhere', 'nowhere'],
    ];
    const looks = async (path: string | undefined) => {
      expect(await violations(page), path).toEqual([]);
      expect(await page.evaluate(`document.documentElement.scrollWidth <= ${width}`), `${path} fits`).toBe(true);
      const overlapping = await page
        .locator('#widget dd')
        .evaluateAll((cells) => cells.filter((one) => one.scrollWidth > one.clientWidth + 1).length);
      expect(overlapping, `${path} has names within their cells`).toBe(0);
      const broken = await page
        .locator('#widget .btn')
        .evaluateAll((buttons) => buttons.filter((one) => one.getBoundingClientRect().height > 48).length);
      expect(broken, `${path} has buttons of one line`).toBe(0);
    };
    for (const [path, name] of views) {
      await page.goto(`${stage.url}${path}`);
      await page
        .getByRole('heading', { name: name ?? '' })
        .first()
        .waitFor({ timeout: 60_000 });
      await looks(path);
    }
    // With every rung that a session can come down.
    await page.goto(`${stage.url}/?set=1&realm=bi-portal`);
    await page
      .getByRole('button', { name: /^Open the session/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'What comes next' }).waitFor();
    await looks('a session');
  });
});
