/**
 * A real browser, from npm alone, shipped for Linux x64; elsewhere name one in CURFEW_BROWSER. This folder is a package of
 * its own, with a lock file and types of its own: nothing else needs a browser.
 */
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

const named = process.env.CURFEW_BROWSER;

/** Whether there is one on this machine. */
export const hasBrowser = named !== undefined || (process.platform === 'linux' && process.arch === 'x64');

export async function launchBrowser(): Promise<Browser> {
  if (named !== undefined) return playwright.launch({ executablePath: named });
  // Without the arguments that come with it: they are for one page in a Lambda, and switch the web's own security off.
  return playwright.launch({ executablePath: await chromium.executablePath() });
}
