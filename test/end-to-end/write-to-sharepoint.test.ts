import { readFile } from 'node:fs/promises';

import { WorkflowFailedError } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { ReportResult } from '../../workflows/build-report.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  const toml = `${salesToml}
[sync]
after_ingest = "move"
processed_folder = "/Documents/Reports/Processed/Sales"

[reports]
sharepoint_folder = "/Documents/Reports/Published/Hourly"
`;
  pipeline = await Pipeline.start({ toml });
});

afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
});

test('workbooks that SharePoint refuses are built, and uploaded by the next run; built anew, they replace themselves', async () => {
  const { library, faults } = pipeline.simulator;
  library.put('sales 1.csv', salesCsv(manySales(3)));
  library.put('sales 2.csv', salesCsv([{ id: 9, soldAt: '2026-11-20T09:15:00Z' }]));
  await pipeline.sync();
  faults.failNext({ match: /^PUT .*xlsx/, status: 403 });

  const failed: unknown = await report(1).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(WorkflowFailedError);
  expect(String((failed as WorkflowFailedError).cause?.cause)).toContain('the role "write"');
  const built = await reports();
  expect(built.map(({ published, upload_due }) => [published, upload_due])).toEqual([
    [true, true],
    [true, true],
  ]);
  expect(uploaded()).toEqual([]);

  expect(await report(2)).toMatchObject({ published: 0 });
  expect(uploaded()).toEqual(['hourly_20261120_0900.xlsx', 'hourly_20261120_1000.xlsx']);
  for (const { name, path, remote_url, upload_due } of await reports()) {
    expect(library.read(`Published/Hourly/${name}`).equals(await readFile(path))).toBe(true);
    expect(remote_url).toContain(`/Published/Hourly/${name}`);
    expect(upload_due).toBe(false);
  }

  const { id } = library.list().find(({ path }) => path.endsWith('1000.xlsx'))!;
  library.put('sales 3.csv', salesCsv(manySales(2, 100)));
  await pipeline.sync();
  expect(await report(3)).toMatchObject({ published: 1 });
  const [, later] = await reports();
  const now = library.list().find(({ path }) => path.endsWith('1000.xlsx'));
  expect(now).toMatchObject({ id, size: (await readFile(later!.path)).length });
  expect(now?.eTag).toMatch(/,2"$/);

  // Nothing is due: nothing is asked of SharePoint.
  const before = pipeline.simulator.requests.length;
  expect(await report(4)).toMatchObject({ published: 0 });
  expect(pipeline.simulator.requests.slice(before)).toEqual([]);
});

test('files that are loaded are moved, never over another, and neither gone nor new afterwards', async () => {
  const { simulator, sql } = pipeline;
  const { library, faults } = simulator;
  library.put('Processed/Sales/sales taken.csv', 'of somebody else');
  const taken = library.put('sub/sales taken.csv', salesCsv(manySales(3, 200)));
  const locked = library.put('sales locked.csv', salesCsv(manySales(3, 300)));
  library.put('notes.txt', 'of no dataset');
  faults.failNext({ match: new RegExp(`^PATCH .*${locked.id}`), status: 423 });

  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', ingested: 2, failed: 0 });
  const [row] = await sql<{ file_id: number }[]>`
    select file_id from charlie.ingestion_log where name = 'sales taken.csv'`;
  const movedTo = `Processed/Sales/sales taken-${row!.file_id}.csv`;
  expect(pathOf(taken.id)).toBe(movedTo);
  expect(library.read('Processed/Sales/sales taken.csv').toString()).toBe('of somebody else');
  expect(pathOf(locked.id)).toBe('sales locked.csv');
  expect(await openMoves()).toEqual([
    ['sales locked.csv', expect.stringMatching(/^SharePointFailed: .*423/)],
  ]);

  // As if the run had died between the move and its record.
  await sql`update charlie.ingestion_log set move_due = true where file_id = ${row!.file_id}`;
  await sql`update charlie.drive_items set moved_at = null where item_id = ${taken.id}`;
  const before = simulator.requests.length;
  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', downloaded: 0, ingested: 0 });
  expect([pathOf(taken.id), pathOf(locked.id)]).toEqual([movedTo, 'Processed/Sales/sales locked.csv']);
  expect(await openMoves()).toEqual([]);

  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', listed: 3, downloaded: 0, ingested: 0 });
  // What came into the processed folder is told, and not looked into.
  const listings = simulator.requests.slice(before).filter(({ url }) => url.includes('/children'));
  expect(listings).toEqual([]);
  expect(await sql`select name from charlie.drive_items where deleted_at is not null`).toEqual([]);
  expect(await idsFrom(200)).toEqual([200, 201, 202, 300, 301, 302]);

  // A corrected file under the name of one that was moved takes its place.
  const corrected = library.put('sales locked.csv', salesCsv(manySales(2, 301)));
  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', ingested: 1 });
  expect(await idsFrom(200)).toEqual([200, 201, 202, 301, 302]);
  expect(pathOf(corrected.id)).toMatch(/^Processed\/Sales\/sales locked-\d+\.csv$/);
});

test('a file that may not be moved fails no run', async () => {
  const { simulator } = pipeline;
  const { id } = simulator.library.put('sales denied.csv', salesCsv(manySales(1, 400)));
  simulator.faults.failNext({ match: /^PATCH /, times: 5, status: 403 });

  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', ingested: 1 });
  expect(await openMoves()).toEqual([['sales denied.csv', expect.stringContaining('the role "write"')]]);
  simulator.faults.clear();
  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', ingested: 0 });
  expect(pathOf(id)).toBe('Processed/Sales/sales denied.csv');
});

test('a pause that SharePoint asks for while something is written is waited out by the run', async () => {
  const { library, faults } = pipeline.simulator;
  const pause = { status: 429, retryAfterSeconds: 6 };
  const { id } = library.put('sales paused.csv', salesCsv([{ id: 500, soldAt: '2026-11-20T08:15:00Z' }]));
  faults.failNext({ match: /^PATCH /, ...pause });

  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', ingested: 1, pausedSeconds: 6 });
  expect(pathOf(id)).toBe('Processed/Sales/sales paused.csv');
  expect(await openMoves()).toEqual([]);

  faults.failNext({ match: /^PUT .*xlsx/, ...pause });
  await report(5);
  expect(uploaded()).toContain('hourly_20261120_0800.xlsx');
});

test('a file that could not be moved and is deleted is gone, and a corrected one in its place replaces its rows', async () => {
  const { simulator, sql } = pipeline;
  const { library, faults } = simulator;
  const stuck = library.put('sales stuck.csv', salesCsv(manySales(3, 600)));
  const dropped = library.put('sales dropped.csv', salesCsv(manySales(2, 700)));
  for (const { id } of [stuck, dropped])
    faults.failNext({ match: new RegExp(`^PATCH .*${id}`), times: 100, status: 403 });
  const { listed } = await pipeline.sync();
  library.remove('sales dropped.csv');
  faults.clear();
  faults.failNext({ match: new RegExp(`^PATCH .*${stuck.id}`), times: 100, status: 403 });

  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', listed, ingested: 0 });
  const gone = await sql`
    select item_id as id from charlie.drive_items where deleted_at is not null and name like 'sales %'`;
  expect([...gone]).toEqual([{ id: dropped.id }]);
  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', listed: listed - 1 });

  faults.clear();
  library.remove('sales stuck.csv');
  const corrected = library.put('sales stuck.csv', salesCsv(manySales(2, 601)));
  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', ingested: 1 });
  expect(await idsFrom(600)).toEqual([601, 602, 700, 701]);
  expect(pathOf(corrected.id)).toBe('Processed/Sales/sales stuck.csv');
  expect(await openMoves()).toEqual([]);
});

async function report(number: number): Promise<ReportResult> {
  const { taskQueue } = pipeline.settings.temporal;
  return (await pipeline.client.workflow.execute('BuildReportWorkflow', {
    workflowId: `report-${number}-${taskQueue}`,
    taskQueue,
    args: [{ job: 'hourly-report' }],
    typedSearchAttributes: [
      {
        key: defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME'),
        value: new Date('2026-11-20T12:10:00Z'),
      },
    ],
    workflowRunTimeout: '5 minutes',
  })) as ReportResult;
}

interface ReportRow {
  readonly name: string;
  readonly path: string;
  readonly published: boolean;
  readonly upload_due: boolean;
  readonly remote_url: string | null;
}

async function reports(): Promise<ReportRow[]> {
  return pipeline.sql<ReportRow[]>`
    select name, path, published_at is not null as published, upload_due, remote_url
    from charlie.reports order by period_start`;
}

function uploaded(): string[] {
  const paths = pipeline.simulator.library.list().map(({ path }) => path);
  return paths.filter((path) => path.startsWith('Published/')).map((path) => path.split('/').at(-1)!);
}

function pathOf(id: string): string | undefined {
  return pipeline.simulator.library.list().find((file) => file.id === id)?.path;
}

async function openMoves(): Promise<(readonly [string, string | null])[]> {
  const rows = await pipeline.sql<{ name: string; move_error: string | null }[]>`
    select name, move_error from charlie.ingestion_log where move_due order by name`;
  return rows.map(({ name, move_error }) => [name, move_error] as const);
}

async function idsFrom(first: number): Promise<number[]> {
  const rows = await pipeline.sql<{ id: number }[]>`
    select id from datasets.sales where id >= ${first} order by id`;
  return rows.map(({ id }) => id);
}

test('a processed folder that is the folder of the files under another name moves nothing, and says so', async () => {
  await using other = await Pipeline.start({
    toml: salesToml,
    env: { CHARLIE_SYNC__AFTER_INGEST: 'move', CHARLIE_SYNC__PROCESSED_FOLDER: '/Documents/Reports' },
  });
  other.simulator.library.put('sales.csv', salesCsv(manySales(2)));

  expect(await other.sync()).toMatchObject({ status: 'succeeded', ingested: 1, rowsLoaded: 2 });

  expect(await other.sql`select move_due, move_error from charlie.ingestion_log`).toEqual([
    { move_due: true, move_error: expect.stringMatching(/^ProcessedFolderIsSource: /) as string },
  ]);
  expect(other.simulator.requests.filter(({ method }) => method === 'PATCH')).toEqual([]);
});
