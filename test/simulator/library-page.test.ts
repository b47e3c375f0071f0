import { beforeEach, expect, test } from 'vitest';

import type { Simulator } from '../../src/simulator/simulator.ts';
import { HttpClient, testSimulator } from './http-client.ts';

let simulator: Simulator;
let client: HttpClient;

beforeEach(async () => {
  simulator = await testSimulator();
  client = new HttpClient(simulator);
});

async function page(path = '/'): Promise<string> {
  return await (await client.raw(path)).text();
}

function links(html: string): string[] {
  return [...html.matchAll(/<a href="([^"]+)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));
}

test('the page lists the files, links to their contents, and lets no name become markup', async () => {
  simulator.library.put('<img src=x>&.csv', 'hello');

  const html = await page();

  expect(html).toContain('&lt;img src=x&gt;&amp;.csv');
  expect(html).not.toContain('<img');
  const link = links(html).find((href) => href.includes('download.aspx'));
  expect(await (await client.raw(link!)).text()).toBe('hello');
});

test('from the page there are links to every library of every site, and into folders and back', async () => {
  simulator.library.put('Sub folder/a.csv', 'a');

  const found = links(await page());
  const folder = found.find((href) => href.endsWith('Sub%20folder'))!;

  expect(found).toEqual(
    expect.arrayContaining([
      '/sim/page/ContactCentre/Shared%20Documents',
      '/sim/page/Sales/Shared%20Documents',
      '/sim/page/Sales/CampaignExports',
      '/sim/page/Board/Shared%20Documents',
    ]),
  );
  expect(await page(folder)).toContain('>a.csv</span>');
  expect(links(await page(folder))).toContain('/sim/page/ContactCentre/Shared%20Documents/Reports');
  expect(await page('/sim/page/Sales/CampaignExports')).toContain('Nothing here yet.');
  expect((await client.raw('/sim/page/Sales/CampaignExports/nowhere')).status).toBe(404);
});

test('the page needs nothing from elsewhere, and its policy forbids it', async () => {
  simulator.library.put('a.csv', 'a');

  const response = await client.raw('/');
  const html = await response.text();
  const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source);
  const elsewhere = sources.filter((source) => !/^[/#]/.test(source) && !source.includes('download.aspx'));

  expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; /);
  expect(elsewhere).toEqual([]);
  expect((await client.raw('/sim/page.js')).headers.get('content-type')).toContain('text/javascript');
});

test('of a large folder the files that came last are shown, and how many others there are', async () => {
  for (let index = 0; index < 505; index += 1) {
    simulator.library.put(`f${index}.csv`, 'x', { modifiedAt: new Date(1_700_000_000_000 + index * 1000) });
  }

  const html = await page();

  expect(html).toContain('>f504.csv</span>');
  expect(html).not.toContain('>f4.csv</span>');
  expect(html).toContain('5 more that are older are not shown');
  expect(html).toContain('505 files');
});
