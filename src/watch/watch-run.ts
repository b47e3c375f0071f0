import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { CancelledFailure, TerminatedFailure } from '@temporalio/common';

import type { SyncInput } from '../domain/sync-run.ts';
import { retryRules, workflowTaskTimeout } from '../schedules/job-schedule.ts';
import { watchJobId } from '../schedules/jobs.ts';
import type { Settings } from '../settings/settings.ts';
import type { WatchTarget } from './watch-target.ts';

export type WatchRunEnd =
  /** It has dealt with each of the files in some way, also with those that failed. */
  | { readonly end: 'completed' }
  /** Somebody has ended it, who must have had a reason. */
  | { readonly end: 'stopped' }
  /** It could not go on, or ran into its time limit. */
  | { readonly end: 'failed'; readonly cause: string }
  /** There was one under way, by this process before it was started again or by another one, with files that nobody here knows. */
  | { readonly end: 'other' };

/** Loads the files by one run of the workflow, and waits for it; where one is under way already, waits for that one alone. */
export async function runFor(
  client: Client,
  settings: Settings,
  { taskQueue: watchQueue, workflowId }: WatchTarget,
  paths: readonly string[],
): Promise<WatchRunEnd> {
  const input: SyncInput = {
    job: watchJobId,
    source: { kind: 'directory', paths, watchQueue },
    retries: retryRules(settings),
  };
  let isOurs = true;
  let handle: WorkflowHandle;
  try {
    handle = await client.workflow.start('SyncAndIngestWorkflow', {
      workflowId,
      taskQueue: settings.temporal.taskQueue,
      args: [input],
      staticSummary: 'Dropped files into Postgres',
      workflowRunTimeout: `${settings.sync.runTimeoutMinutes} minutes`,
      workflowTaskTimeout,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    isOurs = false;
    handle = client.workflow.getHandle(workflowId);
  }
  const end = await endOf(handle);
  return isOurs ? end : { end: 'other' };
}

async function endOf(handle: WorkflowHandle): Promise<WatchRunEnd> {
  try {
    await handle.result();
    return { end: 'completed' };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof CancelledFailure || cause instanceof TerminatedFailure) return { end: 'stopped' };
    return { end: 'failed', cause: cause?.message ?? error.message };
  }
}
