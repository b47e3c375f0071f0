import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { SyncProgress } from '../../src/domain/sync-run.ts';
import { jobsOf, syncJobId } from '../../src/schedules/jobs.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { record } from './recorder.ts';

// Runs that did not go from begin to end in one piece; see record-histories.ts.

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await Pipeline.start({ toml: salesToml });
});

afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
});

test('sync: terminated while files are ingested', async () => {
  const run = await whileIngestsWait(pipeline, 'terminated', async (started) => {
    await started.terminate('recorded for a replay');
  });
  await record(pipeline, 'sync-terminated', run);
});

test('sync: ended by its own time limit', async () => {
  const run = await whileIngestsWait(
    pipeline,
    'slow',
    async (started) => {
      await started.result().catch(() => undefined);
    },
    '12 seconds',
  );
  await record(pipeline, 'sync-timed-out', run);
});

test('sync: cut off by Temporal, since no worker was left', async () => {
  await using two = await Pipeline.start({ toml: salesToml, worker: false });
  const worker = await two.startWorker(hostOf(two, 'alone'));
  const cutOff = async (run: WorkflowHandle): Promise<void> => {
    worker.shutdown();
    await worker.ended;
    await run.result().catch(() => undefined);
  };
  await record(two, 'sync-cut-off', await whileIngestsWait(two, 'alone', cutOff, '12 seconds'));
});

test('sync: another worker takes over', async () => {
  await using two = await Pipeline.start({ toml: salesToml, worker: false });
  const shared = hostOf(two, 'shared');
  const first = await two.startWorker(shared);
  const run = await whileIngestsWait(two, 'handed over', async () => {
    await two.startWorker(shared);
    first.shutdown();
    await first.ended;
  });
  await record(two, 'sync-handed-over', run);
});

test('sync: the host with the files is gone', async () => {
  await using two = await Pipeline.start({ toml: salesToml, worker: false });
  const [gone, other] = [hostOf(two, 'gone'), hostOf(two, 'other')];
  const first = await two.startWorker(gone);
  const run = await whileIngestsWait(two, 'far away', async () => {
    first.shutdown();
    await first.ended;
    await rm(gone.scheduler.ingestionDir, { recursive: true });
  });
  await two.startWorker(other);
  await record(two, 'sync-place-gone', run);
});

test('sync: backfilled by its schedule', async () => {
  const scheduleId = `sync-${randomUUID()}`;
  const { action } = jobsOf(pipeline.settings).find(({ id }) => id === syncJobId)!.schedule;
  const schedule = await pipeline.client.schedule.create({
    scheduleId,
    spec: { intervals: [{ every: '1 hour' }] },
    action: { ...action, workflowId: 'sync-backfilled' },
    state: { paused: true },
  });
  const end = new Date('2026-11-20T12:00:00Z');
  await schedule.backfill({ start: new Date(end.getTime() - 60_000), end, overlap: 'ALLOW_ALL' });
  const workflowId = await expect
    .poll(async () => (await schedule.describe()).info.recentActions[0]?.action.workflow.workflowId)
    .not.toBeUndefined()
    .then(async () => (await schedule.describe()).info.recentActions[0]!.action.workflow.workflowId);
  await record(pipeline, 'sync-backfilled', pipeline.client.workflow.getHandle(workflowId));
  await schedule.delete();
});

test('sync: reset after its end', async () => {
  const run = await pipeline.startSync();
  await run.result();
  const { events } = await run.fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
  const { client, settings } = pipeline;
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace: settings.temporal.namespace,
    workflowExecution: { workflowId: run.workflowId },
    workflowTaskFinishEventId: first!.eventId!,
    requestId: randomUUID(),
    reason: 'recorded for a replay',
  });
  await record(pipeline, 'sync-reset', client.workflow.getHandle(run.workflowId, runId));
});

test('report: cancelled while a workbook is built', async () => {
  const run = await pipeline.sql.begin(async (tx) => {
    // Whoever builds a workbook notes when.
    await tx`lock table charlie.reports in share row exclusive mode`;
    const started = await startReport();
    await expect
      .poll(async () => (await started.describe()).raw.pendingActivities?.[0]?.activityType?.name)
      .toBe('buildReport');
    await started.cancel();
    await started.result().catch(() => undefined);
    return started;
  });
  await record(pipeline, 'report-cancelled', run);
});

test('report: failed because the folder cannot be written', async () => {
  const { dir } = pipeline.settings.reports;
  await rename(dir, `${dir}.aside`).catch(() => undefined);
  await writeFile(dir, 'in the way');
  await record(pipeline, 'report-failed', await startReport());
});

function startReport(): Promise<WorkflowHandle> {
  return pipeline.client.workflow.start('BuildReportWorkflow', {
    workflowId: `hourly-report-${randomUUID()}`,
    taskQueue: pipeline.settings.temporal.taskQueue,
    args: [{ job: 'hourly-report' }],
    workflowRunTimeout: '1 hour',
    // The rows that the other runs loaded are of 10:00.
    typedSearchAttributes: [
      {
        key: defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME'),
        value: new Date('2026-11-20T12:10:00Z'),
      },
    ],
  });
}

/** Of a worker that lets go of its work at once when it is shut down. */
function hostOf({ dir, settings }: Pipeline, name: string): Settings {
  const scheduler = { ...settings.scheduler, ingestionDir: join(dir, name), shutdownTimeoutSeconds: 0 };
  return { ...settings, scheduler };
}

/** Starts a run over four new files and does `work` while all of them wait to be loaded. */
async function whileIngestsWait(
  { sql, simulator, client, settings }: Pipeline,
  name: string,
  work: (run: WorkflowHandle) => Promise<void>,
  workflowRunTimeout: '10 minutes' | '12 seconds' = '10 minutes',
): Promise<WorkflowHandle> {
  return sql.begin(async (tx) => {
    // Whoever loads a file marks an hour as stale: it waits for this lock.
    await tx`lock table charlie.stale_hours in share row exclusive mode`;
    for (let file = 0; file < 4; file++)
      simulator.library.put(`sales ${name} ${file}.csv`, salesCsv(manySales(3, 3 * file)));
    const retries = { maxRetries: 3, retryDelaySeconds: 1, listMaxRetries: 0 };
    const run = await client.workflow.start('SyncAndIngestWorkflow', {
      workflowId: `sync-${randomUUID()}`,
      taskQueue: settings.temporal.taskQueue,
      args: [{ job: 'sync', source: { kind: 'sharepoint' }, retries }],
      workflowRunTimeout,
    });
    await expect
      .poll(async () => (await run.query<SyncProgress>('progress')).downloaded, { timeout: 30_000 })
      .toBe(4);
    await work(run);
    return run;
  });
}
