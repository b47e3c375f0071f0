import { ActivityFailure, TimeoutFailure } from '@temporalio/common';
import { type ActivityOptions, workflowInfo } from '@temporalio/workflow';

import { graphQueue } from '../src/domain/graph-queue.ts';
import type { Source } from '../src/domain/sync-run.ts';

/**
 * Where a chunk's files are is known by its first wait: that of one run's four lanes on a busy host is seconds, while a
 * worker that is restarted is back within half a minute. Then the host counts as gone, and fetching the files again
 * costs little. It doubles, so that a run that waits behind many others on every host asks ever less often; no more
 * than eight rounds fit into two hours.
 */
const firstWaitSeconds = 30;

/** For an activity that reads what `downloadFiles` left at a place. */
export function atPlace(place: string | undefined, round: number): ActivityOptions {
  // What an older version downloaded, or a worker with a queue of its own: whoever works for the run finds the files.
  if (place === undefined) return {};
  return { taskQueue: place, scheduleToStartTimeout: `${firstWaitSeconds * 2 ** round} seconds` };
}

/** For an activity that reads the source itself: SharePoint is seen from everywhere, a watched folder from where it is watched. */
export function whereSeen(source: Source): ActivityOptions {
  if (source.kind === 'sharepoint') return { taskQueue: graphQueue(workflowInfo().taskQueue) };
  return source.watchQueue === undefined ? {} : { taskQueue: source.watchQueue };
}

/** Whether no worker began in time: with the first attempt, or with a later one because the worker of the earlier is gone. */
export function isUnclaimed(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof TimeoutFailure)) return false;
  return error.cause.timeoutType === 'SCHEDULE_TO_START';
}
