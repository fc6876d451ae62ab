// The page in a browser: headless Chromium and axe-core. Nothing serious for any reader, light and dark, wide and narrow; nothing
// asked of any network; readable and complete without script; hostile text runs nothing.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture, HOSTILE, NAMES, stuffed } from './fixtures.js';
import { renderHtml } from './render.js';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const isThere = existsSync(CHROMIUM);
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!isThere)(`the page in a browser${isThere ? '' : ` (skipped: there is no ${CHROMIUM})`}`, () => {
  let folder = '';
  let browser: BrowserContext;
  let withoutScript: BrowserContext;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'relayproof-html-'));
    const options = { executablePath: CHROMIUM, args: FLAGS, headless: true };
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), options);
    withoutScript = await chromium.launchPersistentContext(join(folder, 'profile-2'), {
      ...options,
      javaScriptEnabled: false,
    });
  });
  afterAll(async () => {
    await browser.close();
    await withoutScript.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  interface Opened {
    readonly page: Page;
    /** Errors of the page, messages of its console, and what it asked of any network. */
    readonly said: string[];
  }

  async function open(html: string, context = browser): Promise<Opened> {
    const path = join(folder, 'page.html');
    await writeFile(path, html);
    const page = await context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('dialog', (dialog) => {
      said.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const url = pathToFileURL(path).href;
    page.on('request', (request) => {
      if (request.url() !== url) said.push(`request: ${request.url()}`);
    });
    await page.goto(url);
    return { page, said };
  }

  const LOOKS = [
    ['light', 1100],
    ['dark', 1100],
    ['light', 360],
  ] as const;

  it.each(NAMES.flatMap((name) => LOOKS.map(([scheme, width]) => [name, scheme, width] as const)))(
    '%s, %s, %i wide: nothing serious, nothing asked',
    async (name, scheme, width) => {
      const { page, said } = await open(renderHtml(fixture(name)));
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate('for (const item of document.querySelectorAll("details")) item.open = true');
      const violations = await page.evaluate(
        `(async () => { ${AXE}; return (await axe.run()).violations.map(({ id, impact, nodes }) => [id, impact, nodes[0].html]); })()`,
      );
      expect((violations as string[][]).filter(([, impact]) => impact === 'serious' || impact === 'critical')).toEqual(
        [],
      );
      // No side scrolling of the page itself.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(said).toEqual([]);
      await page.close();
    },
  );

  it.each(HOSTILE)('%j runs nothing and stays text', async (stranger) => {
    const { page, said } = await open(renderHtml(stuffed(stranger)));
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.locator('img, iframe, object, embed, link, form, base').count()).toBe(0);
    expect(said).toEqual([]);
    await page.close();
  });

  it('filters by words and by outcome, and says how many are left', async () => {
    const { page } = await open(renderHtml(fixture('open-confirmed')));
    const shown = () => page.locator('.attempts > details:visible').count();
    const before = await shown();
    await page.getByLabel('Filter').fill('percent-local');
    const filtered = await shown();
    expect(filtered).toBeGreaterThan(0);
    expect(filtered).toBeLessThan(before);
    expect(await page.locator('.filter output').textContent()).toBe(`${filtered} of ${before} attempts`);
    await page.getByLabel('Filter').fill('');
    await page.getByLabel('Outcome').selectOption('refused');
    expect(await shown()).toBeLessThan(before);
    await page.getByRole('button', { name: 'Open all' }).click();
    expect(await page.locator('.attempts > details[open]').count()).toBe(await shown());
    await page.close();
  });

  it('opens what a cell leads to, by keyboard', async () => {
    const { page } = await open(renderHtml(fixture('open-confirmed')));
    await page.locator('.matrix td.bad a').first().focus();
    await page.keyboard.press('Enter');
    const target = page.locator('details:target');
    await target.locator('.talk').waitFor({ state: 'visible' });
    expect(await target.getAttribute('open')).not.toBeNull();
    await page.close();
  });

  it('can be read without script: findings and matrix are there, the filter is not', async () => {
    const { page, said } = await open(renderHtml(fixture('range-too-wide')), withoutScript);
    expect(await page.locator('.filter').first().isVisible()).toBe(false);
    expect(await page.locator('.finding .steps').first().isVisible()).toBe(true);
    expect(await page.locator('svg.addresses[role=img]').first().isVisible()).toBe(true);
    await page.locator('.attempts > details > summary').first().click();
    expect(await page.locator('.attempts .talk').first().isVisible()).toBe(true);
    expect(said).toEqual([]);
    await page.close();
  });

  it('prints its findings open', async () => {
    const { page } = await open(renderHtml(fixture('open-confirmed')));
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.filter').first().isVisible()).toBe(false);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.close();
  });
});
