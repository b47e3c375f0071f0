import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { findDueHours } from '../../src/database/queries/find-due-reports.ts';
import type { SyncResult } from '../../src/domain/sync-run.ts';
import { createNamespace } from '../support/namespace.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { Shell } from './shell.ts';

/* What a run is told to do differently: on the command line, and by its job. */

const noFirst = salesToml.replace('id = { type = "integer"', 'id = { type = "integer", min = 3');
const withNote = salesToml.replace('shop = "text"\n', 'shop = "text"\nnote = "text"\n');
const needsNote = withNote.replace('note = "text"', 'note = { type = "text", required = true }');

async function rows({ pipeline }: Shell): Promise<unknown[]> {
  const { sql } = pipeline;
  return [
    ...(await sql`
      select name, count(*)::int as rows from datasets.sales join charlie.ingestion_log on file_id = _file_id
      group by name order by name`),
  ];
}

async function ledgerOf({ pipeline }: Shell): Promise<unknown[]> {
  return [
    ...(await pipeline.sql`select file_id, name, state, run_id from charlie.ingestion_log order by name`),
  ];
}

test('a dry run says what would be loaded, and leaves that to the next one', async () => {
  await using shell = await Shell.start(salesToml);
  const { library } = shell.pipeline.simulator;
  expect((await shell.run('run-once', '--dry-run')).stdout).toBe('\n  Nothing would be loaded.\n\n');
  library.put('sales 1.csv', salesCsv(manySales(3)));
  library.put('sales 2.csv', salesCsv(manySales(2, 10)));
  library.put('other.csv', 'none of ours');

  const dry = await shell.run('run-once', '--dry-run');
  expect(dry).toMatchObject({ exitCode: 0 });
  expect(dry.stdout).toMatch(
    /^\n {2}Would load 2 files of \d+ B:\n\n {4}sales 1\.csv\n {4}sales 2\.csv\n\n$/,
  );

  expect(await ledgerOf(shell)).toEqual([]);
  expect(await rows(shell)).toEqual([]);
  const records = await shell.pipeline.sql`
    select status, listed, skipped, ingested from charlie.run_history order by start_ts`;
  expect(records).toEqual([
    { status: 'dry_run', listed: 0, skipped: 0, ingested: 0 },
    { status: 'dry_run', listed: 3, skipped: 1, ingested: 0 },
  ]);
  expect(await shell.sync()).toMatchObject({ status: 'succeeded', ingested: 2, rowsLoaded: 5 });
  const full = await shell.json<SyncResult>('run-once', '--dry-run', '--full');
  expect(full).toMatchObject({
    status: 'dry_run',
    planned: { files: 2, again: 2, names: ['sales 1.csv', 'sales 2.csv'] },
  });
});

test('a full run reads loaded files by the rules of today, and what these refuse stays as it was', async () => {
  await using shell = await Shell.start(salesToml);
  const { library } = shell.pipeline.simulator;
  const noted = salesCsv(manySales(3)).replace(/^(.*)$/gm, (line) => (line === '' ? '' : `${line},x`));
  library.put('sales 1.csv', noted.replace('amount,x', 'amount,note'));
  library.put('sales 2.csv', salesCsv(manySales(2, 10)));
  library.put('sales 3.csv', 'nothing of ours\n1\n');
  expect(await shell.sync()).toMatchObject({ ingested: 2, quarantined: 1 });
  await shell.settings(withNote);
  expect(await shell.sync()).toMatchObject({ status: 'succeeded', downloaded: 0 });

  const full = await shell.json<SyncResult>('run-once', '--full');

  expect(full).toMatchObject({ status: 'succeeded', ingested: 2, quarantined: 1, rowsLoaded: 5 });
  const { sql } = shell.pipeline;
  expect(await sql`select distinct note from datasets.sales order by note`).toEqual([
    { note: 'x' },
    { note: null },
  ]);
  expect(await ledgerOf(shell)).toMatchObject([
    { name: 'sales 1.csv', state: 'ingested', run_id: full.runId },
    { name: 'sales 2.csv', state: 'ingested', run_id: full.runId },
    { name: 'sales 3.csv', state: 'quarantined', run_id: full.runId },
  ]);

  await shell.settings(needsNote);
  const strict = await shell.run('run-once', '--full', '--output', 'json');
  expect(strict).toMatchObject({ exitCode: 1 });
  expect(JSON.parse(strict.stdout)).toMatchObject({ status: 'partial', ingested: 1, failed: 1 });
  expect(strict.stderr).toContain(
    '! sales 2.csv: ReadAgainRefused: Kept as it was loaded, since reading it again failed: missing_columns: ',
  );
  expect(await rows(shell)).toEqual([
    { name: 'sales 1.csv', rows: 3 },
    { name: 'sales 2.csv', rows: 2 },
  ]);
});

test('to recreate is to take what is left of each file, and to let what is gone go when that is said', async () => {
  await using shell = await Shell.start(salesToml);
  const { library } = shell.pipeline.simulator;
  library.put('sales 1.csv', salesCsv(manySales(3)));
  library.put('sales 2.csv', salesCsv([{ id: 10, soldAt: '2026-11-20T12:00:00Z' }]));
  await shell.sync();
  await shell.settings(noFirst);
  const kept = await shell.run('run-once', '--full');
  expect(kept).toMatchObject({ exitCode: 1 });
  expect(kept.stderr).toContain('replacement_shrunk');
  const gone = library.idOf('sales 2.csv');
  library.remove('sales 2.csv');

  const recreated = await shell.run('run-once', '--force-recreate');
  expect(recreated).toMatchObject({ exitCode: 0 });
  expect(recreated.stderr).toContain(
    '  1 file is gone from the folder. Their rows stay; drop them with --drop-gone.\n  - sales 2.csv\n',
  );
  expect(await rows(shell)).toEqual([
    { name: 'sales 1.csv', rows: 1 },
    { name: 'sales 2.csv', rows: 1 },
  ]);

  expect(await shell.run('run-once', '--drop-gone')).toMatchObject({ exitCode: 2 });
  const dry = await shell.run('run-once', '--force-recreate', '--drop-gone', '--dry-run');
  expect(dry.stderr).toContain('Their rows would be dropped.');
  expect(await rows(shell)).toHaveLength(2);
  const dropped = await shell.json<SyncResult>('run-once', '--force-recreate', '--drop-gone');
  expect(dropped).toMatchObject({ gone: { files: 1, dropped: true, names: ['sales 2.csv'] } });
  expect(await rows(shell)).toEqual([{ name: 'sales 1.csv', rows: 1 }]);
  const { sql } = shell.pipeline;
  expect(
    await sql`select extract(hour from hour)::int as hour, rows from charlie.aggregated_hours order by hour`,
  ).toEqual([
    { hour: 10, rows: 1 },
    { hour: 12, rows: 0 },
  ]);

  library.restore(gone);
  expect(await shell.sync()).toMatchObject({ ingested: 1 });
  expect(await rows(shell)).toHaveLength(2);

  // Whatever the figures are afterwards, workbooks that show them are built again.
  await sql`
    insert into charlie.reports (kind, period_start, name, generated_at, published_at)
    select 'hourly', hour, 'sales.xlsx', now(), now() from charlie.aggregated_hours`;
  const due = () => {
    const nominalTime = new Date().toISOString();
    return findDueHours(sql, { nominalTime, datasets: ['sales'], newestHours: 24, atMost: 9 });
  };
  expect(await due()).toEqual([]);
  expect(await shell.run('run-once', '--force-recreate')).toMatchObject({ exitCode: 0 });
  expect(await due()).toHaveLength(2);
});

test('what stands for others outlives its file, what was uploaded anew is read, and what was cut off is held back', async () => {
  await using shell = await Shell.start(salesToml);
  const { library } = shell.pipeline.simulator;
  library.put('sales 1.csv', salesCsv(manySales(3)));
  library.put('sales 2.csv', salesCsv(manySales(4, 10)));
  library.put('sales 3.csv', salesCsv(manySales(5, 20)));
  await shell.sync();
  const local = join(shell.pipeline.dir, 'sales copy.csv');
  await writeFile(local, salesCsv(manySales(3)));
  expect(await shell.ingest(local)).toMatchObject({ duplicates: 1 });
  library.remove('sales 1.csv');
  // Deleted and uploaded again: another item with the same content.
  library.remove('sales 2.csv');
  await shell.sync();
  library.put('sales 2.csv', salesCsv(manySales(4, 10)));
  expect(await shell.sync()).toMatchObject({ ingested: 0 });
  library.put('sales 3.csv', salesCsv(manySales(1, 20)));

  const result = await shell.json<SyncResult>('run-once', '--force-recreate', '--drop-gone');

  expect(result).toMatchObject({ ingested: 1, quarantined: 1, gone: { files: 1, names: ['sales 1.csv'] } });
  expect(result.problems.join()).toContain('replacement_shrunk');
  expect(await rows(shell)).toEqual([
    { name: 'sales 2.csv', rows: 4 },
    { name: 'sales 3.csv', rows: 5 },
    { name: 'sales copy.csv', rows: 3 },
  ]);
  const [{ run }] = await shell.pipeline.sql<[{ run: string }]>`
    select run_id as run from charlie.ingestion_log where name = 'sales 2.csv' and state = 'ingested'`;
  expect(run).toBe(result.runId);
});

test('with --ci a run fails when a file was not loaded, and its record says so', async () => {
  await using shell = await Shell.start(salesToml);
  const { library } = shell.pipeline.simulator;
  library.put('sales 1.csv', salesCsv(manySales(3)));
  library.put('sales 2.csv', 'nothing of ours\n1\n');

  const run = await shell.run('run-once', '--ci');

  expect(run).toMatchObject({ exitCode: 1 });
  expect(run.stderr).toMatch(
    /The run failed: .*1 file was refused whole: sales 2\.csv: .*\[FilesNotLoaded\]/,
  );
  expect(await rows(shell)).toEqual([{ name: 'sales 1.csv', rows: 3 }]);
  expect(
    await shell.pipeline.sql`select status, ingested, quarantined, error from charlie.run_history`,
  ).toEqual([
    { status: 'failed', ingested: 1, quarantined: 1, error: 'FilesNotLoaded: 1 file was refused whole.' },
  ]);
  expect(await shell.run('run-once', '--ci')).toMatchObject({ exitCode: 0 });
});

test('a trigger tells its run alone, and a job tells all of its runs', async () => {
  await using shell = await Shell.start(salesToml, { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace() });
  const { dir, simulator } = shell.pipeline;
  simulator.library.put('sales 1.csv', salesCsv(manySales(3)));
  await writeFile(
    join(dir, 'schedules.toml'),
    `
    [jobs.plain]
    kind = "sync"
    every = "7d"
    enabled = false
    [jobs.dry]
    kind = "sync"
    every = "7d"
    enabled = false
    dry_run = true
    [jobs.report]
    kind = "hourly-report"
    every = "7d"
    enabled = false`,
  );
  expect(await shell.run('schedules', 'apply', '--schedules', 'schedules.toml')).toMatchObject({
    exitCode: 0,
  });

  expect(await shell.json('schedules', 'trigger', 'plain', '--dry-run')).toMatchObject({
    status: 'dry_run',
    planned: { files: 1 },
  });
  expect(await shell.json('schedules', 'trigger', 'dry')).toMatchObject({ status: 'dry_run' });
  expect(await shell.run('schedules', 'trigger', 'report', '--full')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('it is not of the kind sync') as string,
  });
  expect(await shell.json('schedules', 'trigger', 'plain')).toMatchObject({ ingested: 1 });
  expect(await shell.json('schedules', 'trigger', 'dry', '--full')).toMatchObject({
    status: 'dry_run',
    planned: { files: 1, again: 1 },
  });
  expect((await shell.run('schedules', 'show', 'dry')).stdout).toMatch(/runs +dry_run\n/);
});
