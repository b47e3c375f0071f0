import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { expect, test } from 'vitest';

import { openRun } from '../../src/database/queries/open-run.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesCsv, salesToml } from '../support/sales.ts';
import { temporal } from '../support/temporal-cli.ts';

async function record(
  pipeline: Pipeline,
  runId: string,
): Promise<{ status: string; error: string | null; end_ts: Date }> {
  const [row] = await pipeline.sql<{ status: string; error: string | null; end_ts: Date }[]>`
    select status, error, end_ts from charlie.run_history where run_id = ${runId}`;
  return row!;
}

/** As the run itself would have opened it. */
async function open(pipeline: Pipeline, workflowId: string, runId: string, minutesAgo = 1): Promise<string> {
  const startedAt = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  await openRun(pipeline.sql, {
    runId,
    workflowId,
    job: 'sync',
    nominalTime: startedAt,
    startedAt,
    timeoutSeconds: 600,
  });
  return runId;
}

async function reopen(pipeline: Pipeline, runId: string): Promise<void> {
  await pipeline.sql`update charlie.run_history set status = 'running', end_ts = null, error = null where run_id = ${runId}`;
}

/** Of its own queue, which nobody serves. */
function idle(
  pipeline: Pipeline,
  timeout: '1 second' | '5 minutes' = '5 minutes',
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  return pipeline.client.workflow.start('SyncAndIngestWorkflow', {
    workflowId: `idle-${crypto.randomUUID()}`,
    taskQueue: `nobody-${crypto.randomUUID()}`,
    args: [],
    workflowRunTimeout: timeout,
  });
}

test('a run closes the records of those that were ended from outside, as Temporal tells it, and of no others', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  pipeline.simulator.library.put('sales.csv', salesCsv([{ id: 1 }]));
  const done = await pipeline.startSync();
  await done.result();
  await reopen(pipeline, done.firstExecutionRunId);
  const [terminated, timedOut, alive] = [
    await idle(pipeline),
    await idle(pipeline, '1 second'),
    await idle(pipeline),
  ];
  for (const { workflowId, firstExecutionRunId } of [terminated, timedOut, alive])
    await open(pipeline, workflowId, firstExecutionRunId);
  await pipeline.sql`
    insert into charlie.run_files (run_id, position, file_id, chunk)
    select ${terminated.firstExecutionRunId}, 0, file_id, 0 from charlie.ingestion_log`;
  await terminated.terminate('moving the library');
  await expect(timedOut.result()).rejects.toThrow();
  const forgotten = await open(pipeline, 'of another cluster', 'forgotten', 30);
  const unknown = await open(pipeline, 'of another cluster', 'unknown');

  await pipeline.sync();

  expect(await record(pipeline, done.firstExecutionRunId)).toMatchObject({
    status: 'succeeded',
    error: null,
  });
  const [wasTerminated, wasTimedOut] = [terminated, timedOut].map(
    ({ firstExecutionRunId }) => firstExecutionRunId,
  );
  expect(await record(pipeline, wasTerminated!)).toEqual({
    status: 'terminated',
    error: expect.stringMatching(
      /^Terminated by .+: moving the library\. 1 of 1 files were not finished: sales\.csv\. The next run takes them\.$/,
    ) as string,
    end_ts: (await terminated.describe()).closeTime,
  });
  expect(await record(pipeline, wasTimedOut!)).toEqual({
    status: 'timed_out',
    error: 'Cut off: its time limit passed. It had no file to load yet.',
    end_ts: (await timedOut.describe()).closeTime,
  });
  expect(await record(pipeline, alive.firstExecutionRunId)).toMatchObject({ status: 'running' });
  expect(await record(pipeline, forgotten)).toMatchObject({ status: 'timed_out' });
  expect(await record(pipeline, unknown)).toMatchObject({ status: 'running' });
  await alive.terminate();
});

test('a run that failed without being able to say so is closed with its cause', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const source = { kind: 'directory', paths: ['/nowhere/at/all'] } as const;
  const failed = await pipeline.startSync({ source });
  await expect(failed.result()).rejects.toThrow();
  await reopen(pipeline, failed.firstExecutionRunId);

  await pipeline.sync();

  expect(await record(pipeline, failed.firstExecutionRunId)).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(
      /^PathNotFound: .*\/nowhere\/at\/all.* It had no file to load yet\.$/,
    ) as string,
  });
});

test('a run that somebody has reset works, although its first execution was terminated', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  const worker = await pipeline.startWorker();
  const run = await pipeline.startSync();
  await run.result();
  worker.shutdown();
  await worker.ended;
  await temporal(
    pipeline,
    ...['workflow', 'reset', '--workflow-id', run.workflowId, '--type', 'FirstWorkflowTask'],
    ...['--reason', 'once more'],
  );
  await reopen(pipeline, run.firstExecutionRunId);
  const taskQueue = `other-${crypto.randomUUID()}`;
  const { settings } = pipeline;
  await pipeline.startWorker({ ...settings, temporal: { ...settings.temporal, taskQueue } });

  const other = await pipeline.client.workflow.start('SyncAndIngestWorkflow', {
    workflowId: `other-${crypto.randomUUID()}`,
    taskQueue,
    args: [
      {
        job: 'sync',
        source: { kind: 'sharepoint' },
        retries: { maxRetries: 0, retryDelaySeconds: 1, listMaxRetries: 0 },
      },
    ],
  });
  await other.result();

  expect(await record(pipeline, run.firstExecutionRunId)).toMatchObject({ status: 'running' });
});
