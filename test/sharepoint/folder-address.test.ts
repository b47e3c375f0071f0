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

it.each([
  ['site', 'https://contoso.sharepoint.com/sites/Nowhere/Docs/Reports', SiteNotFound, /no SharePoint site/],
  ['library', `${site}/Docs/Reports`, LibraryNotFound, /named "Docs"\. It has: "Documents", "Shared/],
  ['folder', `${site}/Shared%20Documents/Nothing`, FolderNotFound, /no folder/],
])('The %s that an address names and that is not there is said', async (_, folder, type, message) => {
  const error = await sharepoint.failure(sharepoint.gateway({ folder }).resolveFolder());
  expect(error).toBeInstanceOf(type);
  expect(error.message).toMatch(message);
});
