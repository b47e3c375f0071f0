import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { FolderNotFound, LibraryNotFound, SiteNotFound } from '../../src/sharepoint/errors.ts';
import { SimulatedSharePoint } from './simulated-sharepoint.ts';

let sharepoint: SimulatedSharePoint;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  sharepoint.simulator.library.put('Büro #1 50% +/a.csv', 'a\n1\n');
});

afterAll(async () => {
  await sharepoint[Symbol.asyncDispose]();
});

const site = 'https://contoso.sharepoint.com/sites/ContactCentre';

it.each([
  `${site}/Shared%20Documents/Forms/AllItems.aspx?id=%2Fsites%2FContactCentre%2FShared%20Documents%2FReports&viewid=6f`,
  'https://contoso.sharepoint.com/:f:/r/sites/ContactCentre/Shared%20Documents/Reports?csf=1&web=1&e=x',
  `${site.toLowerCase()}/shared documents/reports`,
])('A folder is found by its address in the browser: %s', async (folder) => {
  const byAddress = await sharepoint.gateway({ folder }).resolveFolder();
  expect(byAddress).toEqual(await sharepoint.gateway().resolveFolder());
});

it('A folder with odd characters, and the library itself, are found by theirs', async () => {
  const folder = `${site}/Shared%20Documents/Reports/${encodeURIComponent('Büro #1 50% +')}`;
  const files = await sharepoint.list(sharepoint.gateway({ folder }));
  expect(files.map(({ path }) => path)).toEqual(['a.csv']);
  const library = await sharepoint
    .gateway({ folder: `${site}/Shared%20Documents/Forms/AllItems.aspx` })
    .resolveFolder();
  expect(library.itemId).toMatch(/6Y2GOVW7725BZO354PWSELRRZ$/);
});

it('A folder of a site below another is found by its address, and files go there and come from there', async () => {
  const siteUrl = 'https://contoso.sharepoint.com/sites/Sales/EMEA';
  const made = await sharepoint.gateway({ siteUrl }).makeFolder('/Documents/Weekly/2026');
  const path = '%2Fsites%2FSales%2FEMEA%2FShared%20Documents%2FWeekly%2F2026';
  const gateway = sharepoint.gateway({
    folder: `${siteUrl}/Shared%20Documents/Forms/AllItems.aspx?id=${path}&viewid=6f`,
  });

  const folder = await gateway.resolveFolder();
  expect(folder).toEqual(made);
  expect(folder.webUrl).toBe(`${siteUrl}/Shared%20Documents/Weekly/2026`);
  const [small, inPieces] = [Buffer.from('a\n1\n'), Buffer.alloc(5 * 1024 * 1024, 'x')];
  await gateway.upload({ folder, name: 'small.csv', bytes: small, conflict: 'fail' });
  await gateway.upload({ folder, name: 'large.csv', bytes: inPieces, conflict: 'fail' });
  const files = await sharepoint.list(gateway);
  expect(files.map(({ path: name, size }) => [name, size])).toEqual([
    ['large.csv', inPieces.length],
    ['small.csv', small.length],
  ]);
  for (const file of files) {
    const { bytes, quickXorHash } = await gateway.download(file, join(sharepoint.folder, file.name));
    expect([bytes, quickXorHash]).toEqual([file.size, file.quickXorHash]);
  }
});

it.each([
  ['site', 'https://contoso.sharepoint.com/sites/Nowhere/Docs/Reports', SiteNotFound, /no SharePoint site/],
  ['library', `${site}/Docs/Reports`, LibraryNotFound, /named "Docs"\. It has: "Documents", "Shared/],
  ['folder', `${site}/Shared%20Documents/Nothing`, FolderNotFound, /no folder/],
])('The %s that an address names and that is not there is said', async (_, folder, type, message) => {
  const error = await sharepoint.failure(sharepoint.gateway({ folder }).resolveFolder());
  expect(error).toBeInstanceOf(type);
  expect(error.message).toMatch(message);
});
