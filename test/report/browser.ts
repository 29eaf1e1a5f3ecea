// Pages as a browser shows them, for tests of what is written for one. Where there is no Chromium they are skipped, and say so.

import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const HAS_BROWSER = existsSync(CHROMIUM);
export const NEEDS_BROWSER = HAS_BROWSER ? '' : ` (skipped: there is no ${CHROMIUM}; CHROMIUM names another)`;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function browse(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}

export interface Opened {
  readonly page: Page;
  /** What the console said, errors of scripts among it. */
  readonly said: string[];
  /** What was asked for beside the page itself. */
  readonly asked: string[];
}

export async function open(browser: Browser, file: string, width = 1280): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
  const said: string[] = [];
  const asked: string[] = [];
  const address = pathToFileURL(file).href;
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== address) asked.push(request.url());
  });
  await page.goto(address);
  await page.waitForSelector('main h1');
  return { page, said, asked };
}
