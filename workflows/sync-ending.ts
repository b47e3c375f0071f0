import { ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';

import type { Activities, Manifest, RecordedRun, RunIdentity } from '../activities/contract.ts';
import { notLoadedText, type SyncInput, type SyncResult } from '../src/domain/sync-run.ts';
import { bookkeeping, farewell } from './activity-options.ts';
import { failureMessage, failureType } from './failure-cause.ts';
import { outcomeAttribute } from './messages.ts';
import type { RunProgress } from './run-progress.ts';
import { recordingMs, runTimedOut } from './time-limit.ts';

const { recordRun } = proxyActivities<Activities>(bookkeeping);
const { recordRun: recordUnfinished } = proxyActivities<Activities>(farewell);

/** Nothing is recorded: no run of the pipeline has begun. */
export function skipped({ runId }: RunIdentity, status: SyncResult['status']): SyncResult {
  return {
    runId,
    status,
    listed: 0,
    skipped: 0,
    downloaded: 0,
    ingested: 0,
    quarantined: 0,
    failed: 0,
    rowsLoaded: 0,
    rowsRejected: 0,
    rowsAggregated: 0,
    downloadedNames: [],
    problems: [],
  };
}

/** Of a run that went through, perhaps but for some files. */
export async function end(
  run: RunIdentity,
  { manifest, strict }: { readonly manifest: Manifest; readonly strict: boolean },
  progress: RunProgress,
): Promise<RecordedRun> {
  const recording = recordRun({ run, status: 'succeeded', error: null, ...(strict && { strict }) });
  const result = await progress.during('recording the run', recording);
  progress.enter('done');
  upsertSearchAttributes([{ key: outcomeAttribute, value: result.status }]);
  setCurrentDetails(progress.summary());
  const { pausedSeconds } = progress;
  const { gone } = manifest;
  return { ...result, ...(pausedSeconds > 0 && { pausedSeconds }), ...(gone !== undefined && { gone }) };
}

/** Of a run that was only to say what it would do. */
export async function endDry(
  run: RunIdentity,
  { planned, gone }: Manifest,
  progress: RunProgress,
): Promise<RecordedRun> {
  const recording = recordRun({ run, status: 'dry_run', error: null });
  const result = await progress.during('recording the run', recording);
  progress.enter('done');
  upsertSearchAttributes([{ key: outcomeAttribute, value: result.status }]);
  return { ...result, ...(planned !== undefined && { planned }), ...(gone !== undefined && { gone }) };
}

/** Of a strict run, whose record says the same. */
export function filesNotLoaded(result: SyncResult): ApplicationFailure {
  const problems = result.problems.slice(0, 5).join('; ');
  return ApplicationFailure.nonRetryable(`${notLoadedText(result)}: ${problems}`, 'FilesNotLoaded');
}

/** Records how the work failed, or that it was cancelled. */
export async function endingOrderly<T>(
  run: RunIdentity,
  input: SyncInput,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await endUnfinished(run, input, error);
    throw error;
  }
}

/** The record must say how the run ended, also when it was cancelled; when that fails too, the failure that came first is the run's. */
async function endUnfinished(run: RunIdentity, { config }: SyncInput, error: unknown): Promise<void> {
  const timedOut = failureType(error) === runTimedOut;
  const status = timedOut ? 'timed_out' : isCancellation(error) ? 'cancelled' : 'failed';
  const limits = timedOut ? { scheduleToCloseTimeout: recordingMs() } : {};
  upsertSearchAttributes([{ key: outcomeAttribute, value: status }]);
  await CancellationScope.nonCancellable(async () => {
    try {
      const ending = { run, status, error: failureMessage(error) } as const;
      await recordUnfinished.executeWithOptions(limits, [
        { ...ending, ...(config !== undefined && { config }) },
      ]);
    } catch (recordError) {
      log.warn('The run could not be recorded', { cause: failureMessage(recordError) });
    }
  });
}
