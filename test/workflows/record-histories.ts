import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { SyncInput, SyncProgress } from '../../src/domain/sync-run.ts';
import { createJob } from '../../src/schedules/edit-job.ts';
import { followersOf } from '../../src/schedules/find-followers.ts';
import { newJob } from '../../src/schedules/job-defaults.ts';
import { generateInput } from '../../src/schedules/job-schedule.ts';
import { triggerJob } from '../../src/schedules/trigger-job.ts';
import { testEndpoint } from '../generation/test-endpoint.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { untilNoRunIsOpen, Watching } from '../watch/watching.ts';
import { record } from './recorder.ts';

/*
 * With record-interrupted-histories.ts: records the histories that replay.test.ts replays, from runs of the whole product:
 *
 *     RECORD_HISTORIES=5 npx vitest run
 *
 * makes or replaces generation 5. It is not part of a test run. Those before stay: as long as runs of an older version
 * may be under way, their histories have to replay.
 */

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await Pipeline.start({ toml: salesToml });
});

afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
});

test('sync: new files, then nothing new', async () => {
  for (let file = 0; file < 6; file++) {
    pipeline.simulator.library.put(`sales ${file}.csv`, salesCsv(manySales(3, 3 * file)));
  }

  await record(pipeline, 'sync-new-files', await startSync());
  await record(pipeline, 'sync-nothing-new', await startSync());
});

test('sync: a file that fails twice', async () => {
  failDownloads('sales late.csv', 2);

  await record(pipeline, 'sync-file-retried', await startSync());
});

test('sync: cancelled while it waits to try a file again', async () => {
  failDownloads('sales never.csv', 1);
  const run = await startSync({ retries: { maxRetries: 3, retryDelaySeconds: 200, listMaxRetries: 0 } });
  await expect.poll(() => phaseOf(run), { timeout: 30_000 }).toBe('waiting');
  await run.cancel();

  await record(pipeline, 'sync-cancelled-waiting', run);
});

test('sync: cancelled while a file is ingested', async () => {
  const run = await pipeline.sql.begin(async (tx) => {
    // Whoever loads a file marks an hour as stale: it waits for this lock.
    await tx`lock table charlie.stale_hours in share row exclusive mode`;
    for (let file = 0; file < 6; file++) {
      pipeline.simulator.library.put(`sales slow ${file}.csv`, salesCsv(manySales(3, 3 * file)));
    }
    const started = await startSync();
    await expect.poll(() => downloadsOf(started), { timeout: 30_000 }).toBe(4);
    await started.cancel();
    return started;
  });

  await record(pipeline, 'sync-cancelled-ingesting', run);
});

test('sync: the folder cannot be listed', async () => {
  pipeline.simulator.faults.failNext({ match: /delta/, times: 1, status: 403 });

  await record(pipeline, 'sync-listing-failed', await startSync());
});

test('sync: SharePoint asks for a pause, of the listing and of a download', async () => {
  pipeline.simulator.library.put('sales paused.csv', salesCsv(manySales(3)));
  for (const match of [/delta/, /content$/])
    pipeline.simulator.faults.failNext({ match, status: 429, retryAfterSeconds: 6 });

  await record(pipeline, 'sync-paused', await startSync());
});

test('sync: the listing is tried again', async () => {
  pipeline.simulator.faults.failNext({ match: /delta/, times: 1, status: 500 });

  await record(
    pipeline,
    'sync-listing-retried',
    await startSync({ retries: { maxRetries: 0, retryDelaySeconds: 1, listMaxRetries: 3 } }),
  );
});

test('sync: local files', async () => {
  const dir = join(pipeline.dir, 'by hand');
  await mkdir(dir);
  await writeFile(join(dir, 'sales by hand.csv'), salesCsv([{ id: 1 }]));

  await record(
    pipeline,
    'sync-local-files',
    await startSync({ source: { kind: 'directory', paths: [dir] } }),
  );
});

test('sync: dropped files', async () => {
  await using watching = await Watching.start(pipeline);
  await writeFile(join(pipeline.settings.scheduler.ingestionDir, 'sales dropped.csv'), salesCsv([{ id: 1 }]));
  await expect.poll(() => watching.saying('Files were dropped').length, { timeout: 30_000 }).toBe(1);
  await untilNoRunIsOpen(pipeline);

  await record(
    pipeline,
    'sync-dropped-files',
    pipeline.client.workflow.getHandle(watching.target.workflowId),
  );
});

test('sync and report: what is written to SharePoint', async () => {
  const toml = `${salesToml}
[sync]
after_ingest = "move"
processed_folder = "/Documents/Reports/Processed"
[reports]
sharepoint_folder = "/Documents/Reports/Published"
`;
  await using writing = await Pipeline.start({ toml });
  writing.simulator.library.put('sales.csv', salesCsv(manySales(3)));

  await record(writing, 'sync-moved', await writing.startSync());
  await record(writing, 'report-uploaded', await startReport(new Date('2026-11-20T12:10:00Z'), writing));
});

test('sync: a dry run, then one that reads all again and is strict', async () => {
  pipeline.simulator.library.put('sales bad.csv', 'nothing of ours\n1\n');
  const config = { incrementalMode: 'full', forceRecreate: true, ciMode: true, dryRun: false } as const;
  await record(pipeline, 'sync-dry', await startSync({ config: { ...config, dryRun: true } }));
  await record(pipeline, 'sync-again-strict', await startSync({ config }));
  pipeline.simulator.library.remove('sales bad.csv');
});

test('report: hours that are due, then none', async () => {
  await record(pipeline, 'report-published', await startReport(new Date('2026-11-20T12:10:00Z')));
  await record(pipeline, 'report-nothing-due', await startReport(new Date('2026-11-22T12:10:00Z')));
});

test('generate: the second time that it is asked, the simulator makes files, which are loaded', async () => {
  await using generator = await testEndpoint(
    { status: 503, body: '' },
    { status: 201, body: '{"files": 1, "rows": 3}' },
  );
  const input = generateInput(pipeline.settings, {
    ...pipeline.settings.generate,
    endpoints: [generator.url],
  });
  const retries = { maxRetries: 1, retryDelaySeconds: 1 };

  await record(
    pipeline,
    'generate-and-sync',
    await pipeline.client.workflow.start('GenerateAndSyncWorkflow', {
      workflowId: 'generate-1',
      taskQueue: pipeline.settings.temporal.taskQueue,
      args: [{ ...input, retries }],
    }),
  );
});

test('sync: clocks were put back, and its time of day has had its run', async () => {
  const cadences = [{ kind: 'daily', times: ['02:30'], timezone: 'Europe/Berlin' }] as const;
  const nominal = new Date('2026-10-25T01:30:00Z');

  await record(pipeline, 'sync-skipped-fold', await startAt(nominal, { cadences }));
});

test('sync and report: after each other, the report when data have arrived', async () => {
  const env = { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace() };
  await using chained = await Pipeline.start({ toml: salesToml, env });
  const { client, settings } = chained;
  const report = newJob('hourly-report', 'hourly-report', settings);
  for (const definition of [
    newJob('sync', 'sync', settings),
    { ...report, waitFor: { datasets: ['sales'], minutes: 30 } },
    { ...report, id: 'follower', chain: { after: 'sync', onlyIfRows: true } },
    { ...report, id: 'third', chain: { after: 'hourly-report', onlyIfRows: false } },
  ])
    await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
  await expect.poll(() => followersOf(client.schedule, 'sync')).toEqual(['follower']);
  await expect.poll(() => followersOf(client.schedule, 'hourly-report')).toEqual(['third']);
  const start = async (job: string) => {
    const run = await triggerJob(client.schedule, job, { force: false });
    if (run.outcome !== 'started') throw new Error(`${job}: ${run.outcome}`);
    return client.workflow.getHandle(run.workflowId, run.runId);
  };
  const waiting = await start('hourly-report');
  await expect.poll(async () => (await waiting.describe()).historyLength).toBeGreaterThan(10);
  chained.simulator.library.put('sales.csv', salesCsv(manySales(3)));

  await record(chained, 'sync-followed', await start('sync'));
  await record(chained, 'report-waited-followed', waiting);
});

test('sync: the data that it waits for do not arrive', async () => {
  const waitFor = { datasets: ['nothing'], minutes: 0.2 };

  await record(pipeline, 'sync-skipped-no-data', await startSync({ waitFor }));
});

function startAt(nominalTime: Date, input: Partial<SyncInput>): Promise<WorkflowHandle> {
  const { client, settings } = pipeline;
  const retries = { maxRetries: 0, retryDelaySeconds: 1, listMaxRetries: 0 };
  return client.workflow.start('SyncAndIngestWorkflow', {
    workflowId: `sync-${nominalTime.toISOString()}`,
    taskQueue: settings.temporal.taskQueue,
    args: [{ job: 'sync', source: { kind: 'sharepoint' }, retries, ...input }],
    workflowRunTimeout: '1 hour',
    typedSearchAttributes: [
      { key: defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME'), value: nominalTime },
    ],
  });
}

function startSync(input: Partial<SyncInput> = {}): Promise<WorkflowHandle> {
  return pipeline.startSync(input);
}

function startReport(nominalTime: Date, { client, settings } = pipeline): Promise<WorkflowHandle> {
  return client.workflow.start('BuildReportWorkflow', {
    workflowId: `hourly-report-${nominalTime.toISOString()}-${settings.temporal.taskQueue}`,
    taskQueue: settings.temporal.taskQueue,
    args: [{ job: 'hourly-report' }],
    workflowRunTimeout: '1 hour',
    typedSearchAttributes: [
      { key: defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME'), value: nominalTime },
    ],
  });
}

function failDownloads(path: string, times: number): void {
  const { library, faults } = pipeline.simulator;
  const { id } = library.put(path, salesCsv(manySales(2)));
  faults.failNext({ match: new RegExp(`items/${id}/content`), times, status: 500 });
}

async function phaseOf(run: WorkflowHandle): Promise<string> {
  return (await run.query<SyncProgress>('progress')).phase;
}

async function downloadsOf(run: WorkflowHandle): Promise<number> {
  return (await run.query<SyncProgress>('progress')).downloaded;
}
