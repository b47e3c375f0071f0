import type { WorkflowFailedError, WorkflowHandle } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import { expect, test } from 'vitest';

import type { SyncResult } from '../../src/domain/sync-run.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { temporal } from '../support/temporal-cli.ts';
import { assertLoaded } from '../survival/assert-intact.ts';
import { generateSales } from '../survival/generated-files.ts';
import { resultOf, startPipeline } from '../survival/survival-pipeline.ts';
import { truthOf } from '../survival/truth.ts';
import { testTimeout } from '../survival/waiting.ts';
import { WorkerProcess } from '../survival/worker-process.ts';
import { firstRun, nextRun, stopTicking, tickEverySecond } from './ticking.ts';

// Larger than one buffer of COPY.
const files = Array.from({ length: 2 }, (_, number) =>
  generateSales(`sales ${number}.csv`, { rows: 3500, firstId: number * 10_000 + 1 }),
);
/** Long enough for a busy machine to say farewell in the last quarter of it. */
const runTimeout = '40 seconds';

interface RunRecord {
  readonly run_id: string;
  readonly status: string;
  readonly error: string | null;
}

async function recordsOf({ sql }: Pipeline): Promise<RunRecord[]> {
  return sql<RunRecord[]>`select run_id, status, error from charlie.run_history order by start_ts`;
}

/** What the run failed with. */
async function failureOf(run: WorkflowHandle): Promise<Error | undefined> {
  try {
    await run.result();
  } catch (error) {
    return (error as WorkflowFailedError).cause;
  }
  throw new Error(`The run ${run.workflowId} has succeeded`);
}

/** The tick after the run's end starts one that succeeds; then nothing ticks any more. */
async function assertGoesOn(
  pipeline: Pipeline,
  schedule: Awaited<ReturnType<typeof tickEverySecond>>,
  hung: WorkflowHandle,
  worker: WorkerProcess,
): Promise<void> {
  const next = await nextRun(pipeline, schedule, [hung]);
  expect(await resultOf<SyncResult>(next, worker)).toMatchObject({ status: 'succeeded', failed: 0 });
  await stopTicking(schedule);
  expect((await schedule.describe()).info.numActionsSkippedOverlap).toBeGreaterThan(0);
  await assertLoaded(pipeline, truthOf(files));
}

test.concurrent('SharePoint begins an answer and never ends it: the run ends by its limit and says where it hung, and the next tick loads everything', {
  timeout: testTimeout,
}, async () => {
  await using pipeline = await startPipeline(files);
  await using worker = await WorkerProcess.start(pipeline);
  pipeline.simulator.faults.failNext({ match: /delta/, stall: 100 });
  const schedule = await tickEverySecond(pipeline, { runTimeout });
  const hung = await firstRun(pipeline, schedule);

  expect(await failureOf(hung)).toMatchObject({
    type: 'RunTimedOut',
    message: expect.stringMatching(/limit of 40 s.* listing/) as string,
  });
  await assertGoesOn(pipeline, schedule, hung, worker);

  const [record, next] = await recordsOf(pipeline);
  expect(record).toMatchObject({
    status: 'timed_out',
    error: expect.stringMatching(/^RunTimedOut: .* listing/) as string,
  });
  expect(next).toMatchObject({ status: 'succeeded' });
  expect(await temporal(pipeline, 'workflow', 'show', '--workflow-id', hung.workflowId)).toContain(
    'Ran into its time limit',
  );
});

test.concurrent('a worker hangs in mid-COPY and goes on beating: the run ends by its limit, and the next tick loads everything', {
  timeout: testTimeout,
}, async () => {
  await using pipeline = await startPipeline(files);
  await using worker = await WorkerProcess.start(pipeline, 'mid-copy:hang');
  const schedule = await tickEverySecond(pipeline, { runTimeout });
  const hung = await firstRun(pipeline, schedule);

  expect(await failureOf(hung)).toMatchObject({
    type: 'RunTimedOut',
    message: expect.stringMatching(/limit of 40 s.* ingesting sales \d\.csv/) as string,
  });
  await assertGoesOn(pipeline, schedule, hung, worker);

  const [record, next] = await recordsOf(pipeline);
  expect(record).toMatchObject({
    status: 'timed_out',
    error: expect.stringContaining('ingesting sales') as string,
  });
  expect(next).toMatchObject({ status: 'succeeded' });
});

test.concurrent('the only worker is stopped in mid-COPY: Temporal ends the run by its limit, and when the worker wakes, the next tick loads everything', {
  timeout: testTimeout,
}, async () => {
  await using pipeline = await startPipeline(files);
  await using worker = await WorkerProcess.start(pipeline, 'mid-copy:stop');
  const schedule = await tickEverySecond(pipeline, { runTimeout });
  const hung = await firstRun(pipeline, schedule);
  await worker.stopped();

  expect(await failureOf(hung)).toBeInstanceOf(TimeoutFailure);
  worker.signal('SIGCONT');
  await assertGoesOn(pipeline, schedule, hung, worker);

  const [record, next] = await recordsOf(pipeline);
  expect(record).toMatchObject({ status: 'timed_out', error: expect.any(String) as string });
  expect(next).toMatchObject({ status: 'succeeded' });
});
