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
}, 120_000);

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
