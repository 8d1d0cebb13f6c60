/** `npm run screenshots`: the pictures of the console in docs, of a campus in the middle of its day. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { present } from '../../lib/present.ts';
import { KEY, type Stage, startStage } from '../console/stage.ts';
import { launchBrowser } from './launch.ts';

const picture = (name: string) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

const PRINTER = { realm: 'campus-print', kind: 'pinging' };

async function furnish({ addStation, told }: Stage): Promise<void> {
  await addStation('lib-1', { ...PRINTER, name: 'Library 1', location: 'Ground floor' });
  await addStation('lib-2', { ...PRINTER, name: 'Library 2', location: 'First floor' });
  await addStation('law-1', { ...PRINTER, name: 'Law faculty', location: 'Room 0.14' });
  await addStation('ar-1', { ...PRINTER, name: 'طابعة المكتبة', location: 'الطابق الثاني' });
  await addStation('reports', {
    realm: 'bi-portal',
    kind: 'application',
    name: 'Reports',
    location: 'Intranet',
    reportsActivity: true,
  });

  /** Logs in and is heard from, so many minutes ago each time. */
  const stays = async (
    user: string,
    station: string,
    [login = 0, ...signs]: readonly number[],
    last: 'ping' | 'activity' = 'ping',
  ) => {
    const session = await told(`${login}m`, station, 'login', { user });
    const known = { user, ...present({ session }) };
    for (const [n, ago] of signs.entries())
      await told(`${ago}m`, station, n === signs.length - 1 ? last : 'ping', known);
    return known;
  };

  await told('4h', 'law-1', 'logout', await stays('ana', 'law-1', [256, 250, 245]));
  await stays('ana', 'lib-2', [191, 185, 178]);
  await stays('ana', 'lib-1', [96, 90, 82, 74, 66, 58, 50, 42, 34, 26, 18, 11, 4]);
  await stays('<img src=x onerror=alert(1)>', 'lib-2', [14, 7]);
  await stays('ليلى', 'ar-1', [9, 3]);
  await stays('jörg', 'law-1', [1]);
  await told('3h', 'reports', 'logout', await stays('gil', 'reports', [201, 195, 188]));
  await told('65m', 'reports', 'logout', await stays('gil', 'reports', [90, 84, 76, 70]));
  await stays('gil', 'reports', [23, 15, 8, 2]);
  await stays('hana', 'reports', [17, 11, 6], 'activity');
}

async function take(page: Page, name: string, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 200 });
  await page.waitForLoadState('networkidle');
  await page.locator('#widget:not([aria-busy])').waitFor();
  await page.screenshot({ path: picture(name), fullPage: true });
}

/** In which it is noon now: a day whose times need no dates. */
function zoneAtNoon(): string {
  const hours = new Date().getUTCHours() - 12;
  return `Etc/GMT${hours < 0 ? '' : '+'}${hours}`;
}

const stage = await startStage();
const browser = await launchBrowser();
try {
  await furnish(stage);
  const page = await browser.newPage({ colorScheme: 'light', timezoneId: zoneAtNoon(), locale: 'en' });
  await page.goto(`${stage.url}/#key=${KEY}`);
  await page.getByRole('button', { name: /Open the session of .ana\b/ }).waitFor();
  await page.getByLabel('refresh').uncheck();
  await take(page, 'console.png', 1_120);
  await page.getByRole('button', { name: /Open the session of .gil\b/ }).click();
  await page.getByRole('heading', { name: 'gil at Reports' }).waitFor();
  await take(page, 'console-timeline.png', 1_120);
} finally {
  await browser.close();
  await stage.stop();
}
process.exit(0);
