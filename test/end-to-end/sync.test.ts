import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { SyncResult } from '../../src/domain/sync-run.ts';
import { findTemporalRun } from '../../src/runs/temporal-run.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';

test('files become rows once, and a second run finds nothing to do', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { simulator, sql } = pipeline;
  simulator.library.put('sales 1.csv', salesCsv(manySales(3)));
  simulator.library.put('sub/sales 2.csv', salesCsv(manySales(2, 4)));
  simulator.library.put('notes.txt', 'not ours');

  const first = await pipeline.sync();
  const second = await pipeline.sync();

  expect(first).toMatchObject({
    status: 'succeeded',
    listed: 3,
    skipped: 1,
    downloaded: 2,
    ingested: 2,
    rowsLoaded: 5,
  });
  expect(first.downloadedNames.toSorted()).toEqual(['sales 1.csv', 'sales 2.csv']);
  expect(second).toMatchObject({ status: 'succeeded', listed: 3, skipped: 3, downloaded: 0, ingested: 0 });
  expect(await sql`select id from datasets.sales order by id`).toMatchObject(
    [1, 2, 3, 4, 5].map((id) => ({ id })),
  );
  expect(simulator.requests.filter(({ url }) => url.includes('/content'))).toHaveLength(2);
});

test('a downloaded file lies whole in ingestion_dir, and nothing temporary beside it', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const csv = salesCsv(manySales(3));
  pipeline.simulator.library.put('sub/sales #1 100% é.csv', csv);

  await pipeline.sync();

  const dir = pipeline.settings.scheduler.ingestionDir;
  expect(await readFile(join(dir, 'sub/sales #1 100% é.csv'), 'utf8')).toBe(csv);
  await expect(stat(join(dir, '.sync'))).resolves.toBeDefined();
  const [ledger] = await pipeline.sql`select name, state, rows_read, rows_loaded from charlie.ingestion_log`;
  expect(ledger).toEqual({ name: 'sales #1 100% é.csv', state: 'ingested', rows_read: 3, rows_loaded: 3 });
});

test('every figure can be traced to a file and a line, and every refused row is kept with its reason', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  pipeline.simulator.library.put(
    'sales.csv',
    salesCsv([{ id: 1 }, { id: 'x' }, { id: 1 }, { id: 2, soldAt: '2026-11-20T11:00:00Z', amount: 2.5 }]),
  );

  const result = await pipeline.sync();

  const { sql } = pipeline;
  expect(result).toMatchObject({ rowsLoaded: 2, rowsRejected: 1 });
  expect(
    await sql`select rows_read, rows_loaded, rows_rejected, rows_duplicate, rows_blank from charlie.ingestion_log`,
  ).toEqual([{ rows_read: 4, rows_loaded: 2, rows_rejected: 1, rows_duplicate: 1, rows_blank: 0 }]);
  expect(await sql`select line, column_name, raw from charlie.rejects`).toEqual([
    { line: 3, column_name: 'id', raw: 'x,2026-11-20T10:15:00Z,north,1' },
  ]);
  expect(await sql`select id, _line from datasets.sales order by id`).toEqual([
    { id: 1, _line: 2 },
    { id: 2, _line: 5 },
  ]);
  expect(
    await sql`select hour::text, to_jsonb(group_key) as group_key, rows, measures from charlie.hourly_aggregates order by hour`,
  ).toEqual([
    { hour: '2026-11-20 10:00:00+00', group_key: ['north'], rows: 1, measures: [1, 1] },
    { hour: '2026-11-20 11:00:00+00', group_key: ['north'], rows: 1, measures: [1, 2.5] },
  ]);
});

test('a changed file replaces its rows and the figures that came from them', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { simulator, sql } = pipeline;
  simulator.library.put('sales.csv', salesCsv([{ id: 1 }, { id: 2 }]));
  await pipeline.sync();
  simulator.library.put('sales.csv', salesCsv([{ id: 1 }, { id: 3, soldAt: '2026-11-20T12:00:00Z' }]));

  const result = await pipeline.sync();

  expect(result).toMatchObject({ downloaded: 1, ingested: 1 });
  expect(await sql`select id from datasets.sales order by id`).toEqual([{ id: 1 }, { id: 3 }]);
  expect(await sql`select state from charlie.ingestion_log order by file_id`).toEqual([
    { state: 'replaced' },
    { state: 'ingested' },
  ]);
  expect(
    await sql`select extract(hour from hour)::int as hour, rows from charlie.hourly_aggregates order by hour`,
  ).toEqual([
    { hour: 10, rows: 1 },
    { hour: 12, rows: 1 },
  ]);
});

test('a file that goes back to an earlier version is loaded again', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { simulator, sql } = pipeline;
  for (const ids of [
    [1, 2],
    [1, 3],
    [1, 2],
  ]) {
    simulator.library.put('sales.csv', salesCsv(ids.map((id) => ({ id }))));
    await pipeline.sync();
  }

  expect(await sql`select id from datasets.sales order by id`).toEqual([{ id: 1 }, { id: 2 }]);
});

test('a new version that has lost more than half of its rows is quarantined, and the old rows stay', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(10)));
  await pipeline.sync();
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(4)));

  const result = await pipeline.sync();

  expect(result).toMatchObject({ status: 'succeeded', ingested: 0, quarantined: 1 });
  expect(await pipeline.sql`select count(*)::int as rows from datasets.sales`).toEqual([{ rows: 10 }]);
});

test('with on_changed = "skip" a changed file is left alone', async () => {
  await using pipeline = await Pipeline.start({ toml: `${salesToml}\n[sync]\non_changed = "skip"\n` });
  pipeline.simulator.library.put('sales.csv', salesCsv([{ id: 1 }]));
  await pipeline.sync();
  pipeline.simulator.library.put('sales.csv', salesCsv([{ id: 2 }]));

  expect(await pipeline.sync()).toMatchObject({ downloaded: 0 });
  expect(await pipeline.sql`select id from datasets.sales`).toEqual([{ id: 1 }]);
});

test('a file that was deleted and uploaded again is skipped when it is the same, and replaces its rows when it is not', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { library } = pipeline.simulator;
  library.put('sales.csv', salesCsv([{ id: 1 }, { id: 2 }]));
  await pipeline.sync();
  library.remove('sales.csv');
  await pipeline.sync();
  library.put('Sales.csv', salesCsv([{ id: 1 }, { id: 2 }]));
  expect(await pipeline.sync()).toMatchObject({ downloaded: 0, skipped: 1 });

  library.put('Sales.csv', salesCsv([{ id: 1 }, { id: 4 }]));
  expect(await pipeline.sync()).toMatchObject({ downloaded: 1, ingested: 1 });
  expect(await pipeline.sql`select id from datasets.sales order by id`).toEqual([{ id: 1 }, { id: 4 }]);
});

test('a file that is deleted at the source keeps its rows and is marked', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  pipeline.simulator.library.put('sales.csv', salesCsv([{ id: 1 }]));
  await pipeline.sync();
  pipeline.simulator.library.remove('sales.csv');

  expect(await pipeline.sync()).toMatchObject({ listed: 0 });
  expect(await pipeline.sql`select deleted_at is not null as gone from charlie.drive_items`).toEqual([
    { gone: true },
  ]);
  expect(await pipeline.sql`select id from datasets.sales`).toEqual([{ id: 1 }]);
});

test('a file that is no CSV is quarantined with its reason, and the run goes on', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { library } = pipeline.simulator;
  library.put('sales bad.csv', Buffer.from('PK\u0003\u0004 [Content_Types].xml'));
  library.put('sales empty.csv', '');
  library.put('sales good.csv', salesCsv([{ id: 1 }]));

  const result = await pipeline.sync();

  expect(result).toMatchObject({ status: 'succeeded', ingested: 1, quarantined: 2, rowsLoaded: 1 });
  expect(result.problems.join('\n')).toContain('sales bad.csv');
  const quarantined = await pipeline.sql<{ name: string; reason: string; file_id: number }[]>`
    select name, reason, file_id from charlie.ingestion_log where state = 'quarantined' order by name`;
  expect(quarantined.map(({ name, reason }) => [name, reason])).toEqual([
    ['sales bad.csv', 'not_csv'],
    ['sales empty.csv', 'empty_file'],
  ]);
  const place = join(
    pipeline.settings.scheduler.ingestionDir,
    'quarantine',
    `${quarantined[0]!.file_id}-sales bad.csv`,
  );
  expect((await stat(place)).isFile()).toBe(true);
  expect(await pipeline.sync()).toMatchObject({ downloaded: 0, quarantined: 0 });
});

test('a file whose download keeps failing is recorded, the run succeeds in part, and the next run has another go', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { library, faults } = pipeline.simulator;
  library.put('sales bad.csv', salesCsv([{ id: 1 }]));
  library.put('sales good.csv', salesCsv([{ id: 2 }]));
  const bad = library.list().find(({ path }) => path === 'sales bad.csv')!;
  faults.failNext({ match: new RegExp(`items/${bad.id}/content`), times: 3, status: 500 });

  const retries = { maxRetries: 2, retryDelaySeconds: 1, listMaxRetries: 0 };
  const run = await pipeline.startSync({ retries });
  const first = (await run.result()) as SyncResult;
  const second = await pipeline.sync();

  expect(await findTemporalRun(pipeline.client, run)).toMatchObject({ status: 'partial' });
  expect(first).toMatchObject({ status: 'partial', downloaded: 1, ingested: 1, failed: 1 });
  expect(first.problems[0]).toContain('sales bad.csv: SharePointFailed');
  expect(second).toMatchObject({ status: 'succeeded', downloaded: 1, ingested: 1 });
});

test('two runs side by side load every file once', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  for (let file = 0; file < 20; file++)
    pipeline.simulator.library.put(`sales ${file}.csv`, salesCsv(manySales(5, file * 5)));

  const results = await Promise.all([pipeline.sync(), pipeline.sync()]);

  expect(results.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  expect(results[0].ingested + results[1].ingested).toBe(20);
  expect(
    await pipeline.sql`select count(*)::int as rows, count(distinct id)::int as ids from datasets.sales`,
  ).toEqual([{ rows: 100, ids: 100 }]);
});

test('local files and folders are loaded by the same workflow, and a second time not', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const dir = join(pipeline.dir, 'by hand');
  await mkdir(dir);
  await writeFile(join(dir, 'sales 1.csv'), salesCsv([{ id: 1 }]));
  await writeFile(join(dir, 'sales 2.csv'), salesCsv([{ id: 2 }]));
  const source = { kind: 'directory', paths: [dir] } as const;

  expect(await pipeline.sync({ source })).toMatchObject({ listed: 2, ingested: 2, rowsLoaded: 2 });
  expect(await pipeline.sync({ source })).toMatchObject({ listed: 2, ingested: 0 });
  expect((await stat(join(dir, 'sales 1.csv'))).isFile()).toBe(true);
});

test('what a run downloaded itself is not taken for a local file', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  pipeline.simulator.library.put('sales.csv', salesCsv([{ id: 1 }]));
  await pipeline.sync();

  const result = await pipeline.sync({
    source: { kind: 'directory', paths: [pipeline.settings.scheduler.ingestionDir] },
  });

  expect(result).toMatchObject({ ingested: 0 });
  expect(await pipeline.sql`select id from datasets.sales`).toEqual([{ id: 1 }]);
});

test('a local run considers what it was asked for, and nothing that earlier ones saw', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const [here, there] = [join(pipeline.dir, 'here'), join(pipeline.dir, 'here too')];
  for (const [dir, id] of [
    [here, 1],
    [there, 2],
  ] as const) {
    await mkdir(dir);
    await writeFile(join(dir, 'notes.txt'), 'of no dataset');
    await writeFile(join(dir, 'sales.csv'), salesCsv([{ id }]));
  }
  await writeFile(join(there, 'sales gone.csv'), salesCsv([{ id: 3 }]));
  await pipeline.sync({ source: { kind: 'directory', paths: [there] } });
  await rm(join(there, 'sales gone.csv'));

  const result = await pipeline.sync({ source: { kind: 'directory', paths: [here] } });
  const again = await pipeline.sync({ source: { kind: 'directory', paths: [there] } });

  expect(result).toMatchObject({ listed: 2, ingested: 1, downloadedNames: ['sales.csv'] });
  expect(again).toMatchObject({ status: 'succeeded', listed: 2, downloaded: 0 });
});

test('a quarantined file is not found again in ingestion_dir', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml.replace('sales*.csv', '*.csv') });
  const dir = pipeline.settings.scheduler.ingestionDir;
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'bad.csv'), '');
  const source = { kind: 'directory', paths: [dir] } as const;

  expect(await pipeline.sync({ source })).toMatchObject({ listed: 1, quarantined: 1 });
  expect(await pipeline.sync({ source })).toMatchObject({ listed: 0, quarantined: 0 });
});
