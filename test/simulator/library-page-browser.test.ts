import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Simulator } from '../../src/simulator/simulator.ts';
import { hasChromium, startChromium } from '../support/chromium.ts';
import { HttpClient, testSimulator } from './http-client.ts';

/** More than SharePoint lets a name have. */
const hostile = `it's "100%" #1 & <script>alert(1)<img src=x onerror=alert(2)>.csv`;

describe.runIf(hasChromium("what people do on the simulator's page"))('on the page a person', () => {
  let browser: Browser;
  let simulator: Simulator;
  let page: Page;
  /** What a browser complains of: of scripts that fail, and of what its policy forbids. */
  let complaints: string[];

  beforeAll(async () => {
    browser = await startChromium();
  });

  afterAll(() => browser.close());

  beforeEach(async () => {
    simulator = await testSimulator();
    const context = await browser.newContext({ ignoreHTTPSErrors: true, acceptDownloads: true });
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (line) => {
      if (line.type() === 'error') complaints.push(line.text());
    });
    page.on('dialog', (dialog) => {
      complaints.push(dialog.message());
      void dialog.dismiss();
    });
    return async () => {
      await context.close();
      expect(complaints).toEqual([]);
    };
  });

  const names = () => page.locator('td:first-child').allTextContents();

  function row(name: string) {
    return page.locator('tr').filter({ has: page.getByText(name, { exact: true }) });
  }

  async function choose(button: ReturnType<Page['getByRole']>, ...files: [name: string, content: string][]) {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button.click()]);
    await chooser.setFiles(
      files.map(([name, content]) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(content) })),
    );
  }

  async function answer(button: string, text?: string): Promise<void> {
    if (text !== undefined) await page.locator('dialog input').fill(text);
    await page.locator('dialog').getByRole('button', { name: button }).click();
  }

  test('adds files to a library that is empty, changes one, and reads it', async () => {
    await page.goto(simulator.url);
    await page.getByText('Nothing here yet.').waitFor();
    await choose(page.getByRole('button', { name: 'Add files' }), ['a.csv', 'one'], ['b.csv', 'two']);
    await row('b.csv').waitFor();
    expect((await names()).toSorted()).toEqual(['a.csv', 'b.csv']);

    await choose(row('a.csv').getByRole('button', { name: 'Change' }), ['other name.csv', 'changed']);
    await row('a.csv').getByText('7 B').waitFor();
    expect(simulator.library.read('a.csv').toString()).toBe('changed');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      row('a.csv').getByRole('link').click(),
    ]);
    expect(download.suggestedFilename()).toBe('a.csv');
  });

  test('renames, moves and removes, or thinks better of it', async () => {
    simulator.library.put('a.csv', 'one');
    await page.goto(simulator.url);
    await row('a.csv').getByRole('button', { name: 'Rename' }).click();
    await answer('Cancel');
    await row('a.csv').getByRole('button', { name: 'Rename' }).click();
    await answer('Rename', 'Reports/below/b.csv');
    await row('below').getByRole('link').click();
    await row('b.csv').waitFor();
    expect(simulator.library.list()).toMatchObject([{ path: 'below/b.csv' }]);

    await row('b.csv').getByRole('button', { name: 'Remove' }).click();
    await page.keyboard.press('Escape');
    await row('b.csv').getByRole('button', { name: 'Remove' }).click();
    await answer('Remove');
    await page.getByText('Nothing here yet.').waitFor();
    expect(simulator.library.list()).toEqual([]);
  });

  test('sees and handles names with quotes and markup as what they are', async () => {
    simulator.library.put(hostile, 'one');
    const fine = hostile.replaceAll(/["<>]/g, '_');
    await page.goto(simulator.url);
    await choose(row(hostile).getByRole('button', { name: 'Change' }), ['x', 'changed']);
    await row(hostile).getByText('7 B').waitFor();
    expect(simulator.library.read(hostile).toString()).toBe('changed');

    await row(hostile).getByRole('button', { name: 'Rename' }).click();
    await answer('Rename', `Reports/${fine}`);
    await row(fine).waitFor();
    await row(fine).getByRole('button', { name: 'Rename' }).click();
    await answer('Rename', `Reports/${hostile}`);
    await page.locator('output.bad').getByText('invalid characters').waitFor();
    // That the request was refused; and nothing but that.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
    await row(fine).getByRole('button', { name: 'Remove' }).click();
    await answer('Remove');
    await page.getByText('Nothing here yet.').waitFor();
  });

  test('makes a folder in another library, fills it by dropping, and takes a grant away', async () => {
    await page.goto(simulator.url);
    await page.getByRole('link', { name: 'Campaign Exports' }).click();
    await page.getByRole('button', { name: 'New folder' }).click();
    await answer('Make', 'Week #1 50%');
    await row('Week #1 50%').getByRole('link').click();
    await page.getByText('Nothing here yet.').waitFor();
    // As text: the types of a browser are no part of this project.
    const dropped = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['x,y\\n'], 'dropped.csv'));
      return transfer;
    })()`);
    await page.dispatchEvent('body', 'drop', { dataTransfer: dropped });
    await row('dropped.csv').waitFor();
    expect(
      await page.getByRole('link', { name: 'Campaign Exports' }).first().getAttribute('aria-current'),
    ).toBe('page');

    const client = new HttpClient(simulator);
    const drive = '/sites/contoso.sharepoint.com:/sites/Sales:/drives';
    expect((await client.graph(drive)).status).toBe(200);
    await page.getByRole('button', { name: 'granted' }).nth(1).click();
    await page.getByRole('button', { name: 'no access' }).first().waitFor();
    expect((await client.graph(drive)).status).toBe(403);
    expect(simulator.library.list()).toEqual([]);
  });
});
