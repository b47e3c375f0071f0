import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { Pipeline } from '../support/pipeline.ts';
import { salesCsv, salesToml } from '../support/sales.ts';

function contentRequests({ simulator }: Pipeline, from: number): { graph: number; host: number } {
  const urls = simulator.requests.slice(from).map(({ url }) => url);
  return {
    graph: urls.filter((url) => url.includes('/items/') && !/\/(?:children|delta)\b/.test(url)).length,
    host: urls.filter((url) => url.includes('download.aspx')).length,
  };
}

async function ledger({ sql }: Pipeline): Promise<unknown[]> {
  return [...(await sql`select name, state, reason from charlie.ingestion_log order by name, file_id`)];
}

test('a file that is too fresh is waited for by the run; others that are not ready stay pending with their reason, fail nothing, and are taken by the next run', async () => {
  await using pipeline = await Pipeline.start({
    toml: salesToml,
    env: { CHARLIE_SYNC__QUIET_SECONDS: '3' },
  });
  const { library, faults } = pipeline.simulator;
  const old = { modifiedAt: new Date('2026-11-20T09:00:00Z') };
  library.put('sales changed.csv', salesCsv([{ id: 1 }]), old);
  const locked = library.put('sales locked.csv', salesCsv([{ id: 2 }]), old);
  const bad = library.put('sales malware.csv', salesCsv([{ id: 3 }]), old);
  const away = library.put('sales out.csv', salesCsv([{ id: 4 }]), old);
  library.put('sales ready.csv', salesCsv([{ id: 5 }]), old);
  const fresh = library.put('sales fresh.csv', salesCsv([{ id: 6 }]));
  // Between the listing, which is taken from before, and the download.
  const changed = library.list().find(({ path }) => path === 'sales changed.csv')!;
  const at = (id: string) => new RegExp(`items/${id}/content`);
  faults.failNext({ match: at(locked.id), status: 423, times: 2 });
  faults.failNext({ match: at(away.id), status: 404 });
  faults.failNext({
    match: new RegExp(`UniqueId=${bad.uniqueId}`),
    status: 403,
    body: { error: { code: 'malwareDetected', message: 'Malware detected' } },
  });
  // The bytes of another version.
  faults.failNext({ match: new RegExp(`UniqueId=${changed.uniqueId}`), status: 200, body: '<html>' });
  const item = { id: changed.id, eTag: '"other"', file: {} };
  faults.failNext({ match: new RegExp(`items/${changed.id}\\?`), status: 200, body: item });

  const first = await pipeline.sync();

  expect(first).toMatchObject({ status: 'succeeded', ingested: 2, failed: 0, unready: 4, problems: [] });
  expect(first.unreadyNames?.map((said) => said.split(':')[0])).toEqual([
    'sales changed.csv',
    'sales locked.csv',
    'sales malware.csv',
    'sales out.csv',
  ]);
  expect(await ledger(pipeline)).toEqual([
    { name: 'sales changed.csv', state: 'pending', reason: 'changed' },
    { name: 'sales fresh.csv', state: 'ingested', reason: null },
    { name: 'sales locked.csv', state: 'pending', reason: 'locked' },
    { name: 'sales malware.csv', state: 'pending', reason: 'malware' },
    { name: 'sales out.csv', state: 'pending', reason: 'gone' },
    { name: 'sales ready.csv', state: 'ingested', reason: null },
  ]);
  const quietAt = Date.parse(fresh.modifiedAt) + 3000;
  const [{ taken }] = await pipeline.sql<[{ taken: Date }]>`
    select downloaded_at as taken from charlie.run_files join charlie.ingestion_log using (file_id)
    where name = 'sales fresh.csv'`;
  expect(taken.getTime(), 'after its quiet time').toBeGreaterThanOrEqual(quietAt);
  expect(
    await pipeline.sql`select attempts from charlie.run_files where state = 'unready' and attempts > 0`,
  ).toEqual([]);

  faults.clear();
  const second = await pipeline.sync();

  expect(second).toMatchObject({ status: 'succeeded', ingested: 4, failed: 0, unready: 0 });
  expect(await pipeline.sql`select id from datasets.sales order by id`).toEqual(
    [1, 2, 3, 4, 5, 6].map((id) => ({ id })),
  );
  expect(await pipeline.sql`select from charlie.ingestion_log where reason is not null`).toHaveLength(0);
});

test('a download that is cut, one whose address has expired, and a file that is listed with a wrong size or without a hash are loaded within the run', async () => {
  await using pipeline = await Pipeline.start({
    toml: salesToml,
    // The answer below is that of a listing.
    env: { CHARLIE_SYNC__DETECT: 'listing' },
  });
  const { library, faults, requests } = pipeline.simulator;
  const rows = Array.from({ length: 20_000 }, (_, index) => ({ id: index + 1 }));
  const cut = library.put('sales cut.csv', salesCsv(rows));
  const late = library.put('sales late.csv', salesCsv([{ id: 100_001 }]));
  library.put('sales size.csv', salesCsv([{ id: 100_002 }]));
  library.put('sales bare.csv', salesCsv([{ id: 100_003 }]));
  const listed = library.list().map(({ id, path, eTag, size, quickXorHash, modifiedAt }) => ({
    id,
    name: path,
    eTag,
    size: path === 'sales size.csv' ? size + 13 : size,
    lastModifiedDateTime: modifiedAt,
    file: { hashes: path === 'sales bare.csv' ? {} : { quickXorHash } },
  }));
  faults.failNext({ match: /\/children/, status: 200, body: { value: listed } });
  faults.failNext({ match: new RegExp(`UniqueId=${cut.uniqueId}`), truncate: 400_000 });
  faults.failNext({ match: new RegExp(`UniqueId=${late.uniqueId}`), status: 401 });
  const before = requests.length;

  const result = await pipeline.sync();

  expect(result).toMatchObject({ status: 'succeeded', ingested: 4, failed: 0, rowsLoaded: 20_003 });
  // An address for each and another for the one that expired; two files are asked for once more: whether they are the same still.
  expect(contentRequests(pipeline, before)).toEqual({ graph: 4 + 1 + 2, host: 4 + 1 + 1 });
});

test('what was downloaded before and is to be loaded again is not fetched again, as long as it lies there unchanged', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { library, requests } = pipeline.simulator;
  library.put('sales kept.csv', salesCsv([{ id: 1 }]));
  library.put('sales touched.csv', salesCsv([{ id: 2 }]));
  await pipeline.sync();
  await pipeline.sql`truncate datasets.sales, charlie.file_hours`;
  await pipeline.sql`update charlie.ingestion_log set state = 'pending'`;
  await appendFile(
    join(pipeline.settings.scheduler.ingestionDir, 'sales touched.csv'),
    'what nobody uploaded',
  );
  const before = requests.length;

  const second = await pipeline.sync();

  expect(second).toMatchObject({ status: 'succeeded', ingested: 2, rowsLoaded: 2 });
  expect(contentRequests(pipeline, before)).toEqual({ graph: 1, host: 1 });
  expect(
    await readFile(join(pipeline.settings.scheduler.ingestionDir, 'sales touched.csv'), 'utf8'),
  ).not.toContain('nobody');
});
