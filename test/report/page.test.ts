// The report as a browser shows it: drawn, moved in by pointer and by keys, and never asking for anything outside itself. It needs the
// compiled project.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runIn } from '../sim-program.ts';
import { browse, HAS_BROWSER, NEEDS_BROWSER, open } from './browser.ts';

const MUTANTS = resolve('properties/mutants');
const HOSTILE =
  '</title></script><script>window.struck = 1</script><img src=x onerror="window.struck = 1"><!--';

/** As `mutants --json` writes it. */
const KILLS = {
  schema: 'regency-sim/mutants@1',
  seeds: { first: 1, count: 10 },
  mutants: [
    ['M19', 'Tombstones are purged too early', 8, { S10: 8, S7: 1 }],
    ['M24', 'Reclaim before it has caught up', 0, {}],
  ].map(([id, title, kills, properties]) => ({
    ...{ id, title, isEquivalent: false, seeds: 10, kills, firstSeed: kills === 0 ? null : 1 },
    ...{ share: Number(kills) / 10, interval: [0, 0.9], properties, isInterrupted: false },
  })),
};

let folder = '';
let browser: Browser;

describe.skipIf(!HAS_BROWSER)(`The page of a report${NEEDS_BROWSER}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'regency-report-'));
    const patch = join(MUTANTS, readdirSync(MUTANTS).find((name) => name.startsWith('M19-'))!);
    // Of six seeds most notice it.
    const words = ['--seeds', '6', '--max-failures', '1', '--workers', '1', '--patch', patch];
    runIn(folder, 'campaign', ...words, '--out', 'found', '--json', 'first.json');
    writeFileSync(join(folder, 'mutants.json'), JSON.stringify(KILLS));
    const hostile = JSON.parse(readFileSync(join(folder, 'first.json'), 'utf8'));
    hostile.violations = [{ ...hostile.violations[0], signature: 'S1-0', reason: HOSTILE, replay: HOSTILE }];
    hostile.labels[HOSTILE] = { count: 1, firstSeed: 1 };
    writeFileSync(join(folder, 'hostile.json'), JSON.stringify(hostile));
    const written = runIn(folder, 'report', 'first.json', 'mutants.json', 'found', '-o', 'page.html');
    expect(written).toMatchObject({ status: 0, stdout: '' });
    runIn(folder, 'report', 'hostile.json', '--title', HOSTILE, '-o', 'hostile.html');
    browser = await browse();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('says what failed, draws its run, and asks for nothing', async () => {
    const { page, said, asked } = await open(browser, join(folder, 'page.html'));
    expect(await page.textContent('h1')).toMatch(/1 kind of violation/);
    expect(await page.textContent('.card .sentence')).toMatch(/^S10: /);
    for (const id of ['failures', 'coverage', 'mutants', 'trends'])
      expect(await page.locator(`section#${id} h2`).count()).toBe(1);
    await page.waitForSelector('.stage canvas[data-drawn]');
    expect(await coloursIn(page)).toBeGreaterThan(6);
    expect(await page.locator('.heat td.empty').count()).toBeGreaterThan(100);
    expect(await page.locator('.kills tbody tr').nth(1).textContent()).toContain('✗ survives');
    expect(said).toEqual([]);
    expect(asked).toEqual([]);
    await page.close();
  });

  test('is moved in by keys: the violation, what asked for it, the whole, and nothing selected', async () => {
    const { page, said } = await open(browser, join(folder, 'page.html'));
    await page.waitForSelector('.stage canvas[data-drawn]');
    const told = page.locator('.told').first();
    expect(await told.textContent()).toContain('S10: ');
    const before = await pixelsOf(page);
    await page.locator('.stage').first().focus();
    await page.keyboard.press('v');
    await page.keyboard.press('c');
    expect(await told.textContent()).not.toContain('S10: ');
    await page.keyboard.press('f');
    expect(await page.locator('.cones [aria-pressed=true]').first().textContent()).toBe('its causal future');
    await settled(page);
    expect(await pixelsOf(page)).not.toBe(before);
    await page.keyboard.press('Escape');
    expect(await told.textContent()).toMatch(/No event is selected/);
    expect(said).toEqual([]);
    await page.close();
  });

  test('is moved in by pointer: a step of the story, a place in the diagram, the wheel with Ctrl', async () => {
    const { page, said } = await open(browser, join(folder, 'page.html'));
    await page.waitForSelector('.stage canvas[data-drawn]');
    const step = page.locator('.steps button').first();
    await step.click();
    expect(await page.locator('.told .what').first().textContent()).toBe(await step.textContent());
    const box = (await page.locator('.stage').first().boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 60);
    expect(await page.locator('.tip').first().textContent()).toMatch(/\d s/);
    const before = await pixelsOf(page);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -600);
    await page.keyboard.up('Control');
    await settled(page);
    expect(await pixelsOf(page)).not.toBe(before);
    await page.locator('.card details.run > summary').first().click();
    expect(await page.locator('.stage').first().isVisible()).toBe(false);
    expect(said).toEqual([]);
    await page.close();
  });

  test('has a table behind the diagram, and fits a phone', async () => {
    const { page, said } = await open(browser, join(folder, 'page.html'), 360);
    await page.waitForSelector('.stage canvas[data-drawn]');
    await page.locator('summary', { hasText: 'Events as a table' }).first().click();
    const rows = page.locator('.diagram table').first().locator('tbody tr');
    expect(await rows.count()).toBeGreaterThan(20);
    await rows.nth(3).locator('button').click();
    expect(await page.locator('.told .when').first().textContent()).toContain('event 4,');
    await page.locator('summary', { hasText: 'Lanes and curves as tables' }).first().click();
    const captions = (): Promise<string> =>
      page
        .locator('.diagram caption')
        .allTextContents()
        .then((all) => all.join(', '));
    await expect.poll(captions).toContain('what each server was');
    expect(await captions()).toContain('how Leaders accounted for them');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(said).toEqual([]);
    await page.close();
  });

  test('has a name for everything that can be operated or is drawn, and headings in their order', async () => {
    const { page } = await open(browser, join(folder, 'page.html'));
    await page.waitForSelector('.stage canvas[data-drawn]');
    const nameless = await page.evaluate(() => {
      const isNamed = (each: Element): boolean =>
        (each.getAttribute('aria-label') ?? each.textContent ?? '').trim() !== '';
      const all = [
        ...document.querySelectorAll('button, summary, a, [tabindex], svg[role], table caption, th'),
      ];
      return all.filter((each) => !isNamed(each)).map((each) => each.outerHTML.slice(0, 80));
    });
    expect(nameless).toEqual([]);
    expect(await page.locator('table:not(:has(caption))').count()).toBe(0);
    expect(await page.locator('canvas:not([aria-hidden])').count()).toBe(0);
    const levels = await page
      .locator('h1, h2, h3')
      .evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
    expect(levels[0]).toBe(1);
    for (const [place, level] of levels.entries())
      expect(level - (levels[place - 1] ?? 0)).toBeLessThanOrEqual(1);
    await page.close();
  });

  test('shows what others wrote as text, and nothing in it is run', async () => {
    const { page, said, asked } = await open(browser, join(folder, 'hostile.html'));
    expect(await page.title()).toBe(HOSTILE);
    expect(await page.textContent('.card .sentence')).toBe(HOSTILE);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.evaluate(() => 'struck' in window)).toBe(false);
    expect(said).toEqual([]);
    expect(asked).toEqual([]);
    await page.close();
  });

  test('would not run or fetch anything even if a text got out of its place', async () => {
    const { page, said } = await open(browser, join(folder, 'page.html'));
    await page.evaluate((markup) => {
      const script = document.createElement('script');
      script.textContent = 'window.struck = 1';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', markup);
    }, HOSTILE);
    await expect
      .poll(() => said.filter((line) => line.includes('Content Security Policy')).length)
      .toBeGreaterThan(1);
    expect(await page.evaluate(() => 'struck' in window)).toBe(false);
    await page.close();
  });
});

/** How many different colours the diagram has. */
function coloursIn(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.stage canvas')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
}

function pixelsOf(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector<HTMLCanvasElement>('.stage canvas')!.toDataURL());
}

/** Drawn once more after what was asked for. */
function settled(page: Page): Promise<unknown> {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))),
  );
}
