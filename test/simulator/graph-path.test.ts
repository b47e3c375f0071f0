import { expect, test } from 'vitest';

import { parseGraphPath } from '../../src/simulator/graph-path.ts';

const drive = { id: 'b!x' };

test.each([
  ['/drives/b!x/root', 'root', [], ''],
  ['/drives/b!x/items/01A', '01A', [], ''],
  ['/drives/b!x/items/root/children', 'root', [], 'children'],
  ['/drives/b!x/root:/a/b.csv', 'root', ['a', 'b.csv'], ''],
  ['/drives/b!x/root:/a/b.csv:', 'root', ['a', 'b.csv'], ''],
  ['/drives/b!x/root:/a/b.csv:/', 'root', ['a', 'b.csv'], ''],
  ['/drives/b!x/root:/a/b:/children', 'root', ['a', 'b'], 'children'],
  ['//drives/b!x//root:/a//b://children', 'root', ['a', 'b'], 'children'],
  ['/drives/b!x/items/01A:/a/b.csv:/content', '01A', ['a', 'b.csv'], 'content'],
  ['/drives/b!x/items/root:/a/b:', 'root', ['a', 'b'], ''],
  ['/drives/b!x/root:/', 'root', [], ''],
  ["/drives/b!x/root/delta(token='2026-11-20T08:00:00Z')", 'root', [], "delta(token='2026-11-20T08:00:00Z')"],
])('%s is an item', (path, start, below, action) => {
  expect(parseGraphPath(path)).toEqual({ site: null, drive, item: { start, below }, action });
});

test.each([
  ['/sites/c.sharepoint.com:/sites/data', { host: 'c.sharepoint.com', path: 'sites/data' }, null, ''],
  ['/sites/c.sharepoint.com:/sites/data:', { host: 'c.sharepoint.com', path: 'sites/data' }, null, ''],
  [
    '//sites/c.sharepoint.com:/sites/data:/drives',
    { host: 'c.sharepoint.com', path: 'sites/data' },
    null,
    'drives',
  ],
  ['/sites/c.sharepoint.com,1,2/drives', { id: 'c.sharepoint.com,1,2' }, null, 'drives'],
  ['/sites/c.sharepoint.com,1,2/drive', { id: 'c.sharepoint.com,1,2' }, 'default', ''],
  ['/sites/c.sharepoint.com,1,2/drives/b!x', { id: 'c.sharepoint.com,1,2' }, drive, ''],
])('%s is a site, or a drive in it', (path, site, ofSite, action) => {
  expect(parseGraphPath(path)).toEqual({ site, drive: ofSite, item: null, action });
});

test.each(['/me/drive', '/', '/drive/root', ''])('%j is nothing', (path) => {
  expect(parseGraphPath(path)).toBeNull();
});
