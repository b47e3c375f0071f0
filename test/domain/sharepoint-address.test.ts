import fc from 'fast-check';
import { expect, test } from 'vitest';

import { readFolderAddress } from '../../src/domain/sharepoint-address.ts';

const host = 'https://contoso.sharepoint.com';
const site = `${host}/sites/Name`;
const reports = { siteUrl: site, path: ['Shared Documents', 'Reports'] };

test.each([
  `${site}/Shared%20Documents/Forms/AllItems.aspx?id=%2Fsites%2FName%2FShared%20Documents%2FReports&viewid=6f2c`,
  `${site}/Shared%20Documents/Forms/AllItems.aspx?viewid=6f2c&RootFolder=%2Fsites%2FName%2FShared%20Documents%2FReports`,
  `${site}/Shared%20Documents/Forms/AllItems.aspx?id=%2Fsites%2FName%2FShared%20Documents%2FReports%2Fa%2Ecsv&parent=%2Fsites%2FName%2FShared%20Documents%2FReports`,
  `${site}/Other/Forms/AllItems.aspx?newTargetListUrl=%2Fsites%2FName%2FShared%20Documents&viewpath=%2Fx&id=%2Fsites%2FName%2FShared%20Documents%2FReports`,
  `${site}/Shared Documents/Reports`,
  `${site}/Shared%20Documents/Reports/`,
  ` ${site}/Shared%20Documents/Reports?web=1`,
  `${host}/:f:/r/sites/Name/Shared%20Documents/Reports?d=w0123&csf=1&web=1&e=aB1cD2`,
  'https://contoso-my.sharepoint.com/my?id=%2Fsites%2FName%2FShared%20Documents%2FReports&listurl=https%3A%2F%2Fcontoso%2Esharepoint%2Ecom%2Fsites%2FName%2FShared%20Documents',
])('The folder is read from %s', (text) => {
  expect(readFolderAddress(text)).toEqual({ ok: true, address: reports });
});

test.each([
  ['the library', `${site}/Shared%20Documents/Forms/AllItems.aspx`, site, ['Shared Documents']],
  ['another view', `${site}/Docs/Forms/By%20Month.aspx`, site, ['Docs']],
  [
    'a localised library',
    `${host}/teams/T/Freigegebene%20Dokumente/B%C3%BCro`,
    `${host}/teams/T`,
    ['Freigegebene Dokumente', 'Büro'],
  ],
  ['a site below', `${site}/Sub/Docs/Reports`, site, ['Sub', 'Docs', 'Reports']],
  ['the root site', `${host}/Shared%20Documents/Reports`, host, ['Shared Documents', 'Reports']],
  ['a folder with odd characters', `${site}/Docs/50%25%20%231%20%26%20a%2Bb`, site, ['Docs', '50% #1 & a+b']],
  [
    'a government cloud',
    'https://t.sharepoint-mil.us/sites/S/Docs',
    'https://t.sharepoint-mil.us/sites/S',
    ['Docs'],
  ],
])('%s is read from %s', (_, text, siteUrl, path) => {
  expect(readFolderAddress(text)).toEqual({ ok: true, address: { siteUrl, path } });
});

test.each([
  [`${host}/:f:/s/Name/EaBcDeFgHiJk?e=5x`, /short sharing link.*paste the address that is shown then/],
  [`${host}/:f:/g/personal/somebody/EaBc`, /short sharing link/],
  [`${host}/:x:/r/sites/Name/Shared%20Documents/a.xlsx?web=1`, /link to a file/],
  [site, /is a site, and no library/],
  [host, /is a site, and no library/],
  [`${site}/SitePages/Home.aspx`, /is a page/],
  [`${site}/_layouts/15/viewlsts.aspx?view=14`, /is a page/],
  ['https://teams.microsoft.com/l/channel/19%3a', /Open in SharePoint/],
  ['http://contoso.sharepoint.com/sites/Name/Docs', /no https/],
  ['https://contoso.sharepoint.com.evil.example/sites/Name/Docs', /no https:\/\/ address at sharepoint\.com/],
  [`${site}/Docs/C#/Reports`, /with a #/],
  [`${site}/Docs/50%/Reports`, /with a %/],
  [`${site}/Docs/Forms/AllItems.aspx?id=%2Fsites%2FName%2F..%2FOther%2FDocs`, /\.\./],
  ['/Shared Documents/Reports', /no https/],
])('%s is refused', (text, because) => {
  expect(readFolderAddress(text)).toEqual({
    ok: false,
    because: expect.stringMatching(because) as string,
  });
});

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.replace(/["*:<>?/\\|\p{Cc}\p{Cs}]/gu, '_').trim())
  .filter((text) => !['', '.', '..', '_layouts'].includes(text) && !/\.aspx$/i.test(text));
const sitePath = fc.constantFrom('', '/sites/Name', '/teams/T%20T');
const folder = fc.array(name, { minLength: 1, maxLength: 5 }).filter(([first = '']) => {
  return !['sites', 'teams', 'personal'].includes(first.toLowerCase());
});

test('Whatever legal names library and folders have, each form of the address gives them back', () => {
  fc.assert(
    fc.property(sitePath, folder, (sites, path) => {
      const encoded = path.map((segment) => `/${encodeURIComponent(segment)}`).join('');
      const shown = encodeURIComponent(`${decodeURIComponent(sites)}/${path.join('/')}`);
      const view = `${host}${sites}/${encodeURIComponent(path[0]!)}/Forms/AllItems.aspx?id=${shown}&viewid=1`;
      const forms = [`${host}${sites}${encoded}`, `${host}/:f:/r${sites}${encoded}?csf=1`, view];
      for (const text of forms)
        expect(readFolderAddress(text)).toEqual({ ok: true, address: { siteUrl: host + sites, path } });
    }),
    { numRuns: 100 },
  );
});

test('No text makes the reader throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), (text, atHost) => {
      expect(typeof readFolderAddress(atHost ? host + text : text).ok).toBe('boolean');
    }),
    { numRuns: 200 },
  );
});
