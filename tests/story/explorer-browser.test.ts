import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHub, type TestHub } from './hub.ts';

/** Debian's; no other browser is looked for, and none is downloaded. */
const executablePath = '/usr/bin/chromium';
const isRequired = Boolean(process.env['SHUQIAO_REQUIRE_ENGINES']);
const isHere = existsSync(executablePath);
if (!isHere && !isRequired) console.log(`skipped: there is no ${executablePath} (apt-get install chromium)`);

describe.skipIf(!isHere && !isRequired)('the explorer in a browser', () => {
  let hub: TestHub;
  let url: string;
  let browser: Browser;
  let page: Page;
  const said: string[] = [];
  const asked: string[] = [];
  beforeAll(async () => {
    hub = await startHub({ residents: 60, only: ['police'] });
    url = await hub.app.listen();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage({ viewport: { width: 1500, height: 900 } });
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('request', (request) => asked.push(request.url()));
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
  });

  it('shows an answer and beside it why, asks this hub alone, and keeps neither token nor identifier', async () => {
    const token = await hub.token({ client: 'mediation-center' });
    const id = hub.facts.fixed.everywhere.value;
    await page.goto(`${url}/explorer`);
    await page.fill('#token', token);
    await expect.poll(() => page.inputValue('#purpose')).toBe('dispute-mediation');
    await page.fill('#case', '2026-杭调-0001');
    await page.click('#use');
    await expect.poll(() => page.locator('#cases option').count()).toBe(1);
    expect(await page.locator('#cases option').getAttribute('value')).toBe('2026-杭调-0001');
    // The token alone is dotted out; what was picked can be read.
    const shown = (id: string) =>
      page.evaluate(
        `(({ height, webkitTextSecurity }) => [height, webkitTextSecurity])(getComputedStyle(document.querySelector('${id}')))`,
      );
    expect(await shown('#token')).toEqual(['32px', 'disc']);
    expect(await shown('#purpose')).toEqual(['32px', 'none']);
    expect(await shown('#case')).toEqual(['32px', 'none']);
    const query = `{ resident(identifier: {value: "${id}"}) { name police { phone watchFlag } } }`;
    const editor = page.locator('.graphiql-query-editor .CodeMirror');
    await editor.waitFor();
    // CodeMirror closes brackets that are typed; a paste is taken as it is.
    await editor.evaluate((element, text) => {
      // CodeMirror keeps its editor on its element.
      const { CodeMirror } = element as unknown as { CodeMirror: { setValue(value: string): void } };
      CodeMirror.setValue(text);
    }, query);
    await page.click('.graphiql-execute-button');
    const denied = page.locator('[data-coordinate="PoliceRecord.watchFlag"]');
    await denied.waitFor();
    expect(await denied.innerText()).toMatch(/不提供 denied[\s\S]*不共享 not shared[\s\S]*share:NON_SHARED/);
    expect(await page.locator('[data-coordinate="PoliceRecord.phone"]').innerText()).toContain('掩码 masked');
    await expect.poll(() => page.locator('.result-window').innerText()).toContain('沈国强');
    const screenshot = process.env['SHUQIAO_SCREENSHOT'];
    if (screenshot) await page.screenshot({ path: screenshot });

    expect(said).toEqual([]);
    expect(asked.filter((one) => !one.startsWith(`${url}/`) && !one.startsWith('data:'))).toEqual([]);
    expect(asked.join()).not.toContain(id);
    expect(asked.join()).not.toContain(token);
    const kept = await page.evaluate(
      'JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])',
    );
    expect(kept).toBe(JSON.stringify([{}, {}, '', `${url}/explorer`]));
  });
});
