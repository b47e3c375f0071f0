import {
  type ScheduleDescription,
  type WorkflowClient,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';

import { searchAttributes } from '../domain/search-attributes.ts';
import { skippedStatuses } from '../domain/sync-run.ts';
import { describeRun } from '../temporal/describe-run.ts';
import { declarationOf } from './read-jobs.ts';

const outcomeAttribute = defineSearchAttributeKey('CharlieOutcome', searchAttributes.CharlieOutcome);

/**
 * The note to pause a job with because its last runs have failed, as many in a row as its definition allows; null while it
 * may go on. Temporal itself pauses after a single one; whoever watches the schedules counts more. Cancelled, terminated and skipped
 * runs count for neither. Only a failure after `since` is a reason, so that a job that somebody resumes is tried once more.
 */
export async function reasonToPause(
  client: WorkflowClient,
  description: ScheduleDescription,
  since: Date,
): Promise<string | null> {
  const limit = declarationOf(description)?.definition.pauseAfterFailures ?? null;
  if (limit === null || limit < 2 || description.state.paused) return null;
  const failed = await failedInARow(client, description, limit);
  const [newest] = failed;
  if (newest === undefined || failed.length < limit || (newest.closeTime ?? since) <= since) return null;
  return `paused after ${limit} failures in a row, the last of them ${newest.workflowId}`;
}

/** Unless it was skipped, which is neither. */
function hasSucceeded({ status, typedSearchAttributes }: WorkflowExecutionDescription): boolean {
  const outcome = typedSearchAttributes.get(outcomeAttribute);
  return status.name === 'COMPLETED' && !skippedStatuses.some((each) => each === outcome);
}

/** The newest first, at most as many as are asked for. */
async function failedInARow(
  client: WorkflowClient,
  { info }: ScheduleDescription,
  limit: number,
): Promise<WorkflowExecutionDescription[]> {
  const failed: WorkflowExecutionDescription[] = [];
  for (const { action } of info.recentActions.toReversed()) {
    const { workflowId, firstExecutionRunId } = action.workflow;
    const run = await describeRun(client, workflowId, firstExecutionRunId);
    // Nobody knows how that one ended, nor those before it.
    if (run === null || hasSucceeded(run) || failed.length === limit) break;
    if (run.status.name === 'FAILED' || run.status.name === 'TIMED_OUT') failed.push(run);
  }
  return failed;
}
