import type { ScheduleDescription, WorkflowClient, WorkflowExecutionDescription } from '@temporalio/client';

import { declarationOf } from './read-jobs.ts';

/**
 * The note to pause a job with because its last runs have failed, as many in a row as its definition allows; null while it
 * may go on. Temporal itself pauses after a single one; whoever watches the schedules counts more. Cancelled and terminated runs count
 * for neither. Only a failure after `since` is a reason, so that a job that somebody resumes is tried once more.
 */
export async function reasonToPause(
  client: WorkflowClient,
  description: ScheduleDescription,
  since: Date,
): Promise<string | null> {
  const limit = declarationOf(description)?.definition.pauseAfterFailures ?? null;
  if (limit === null || limit < 2 || description.state.paused) return null;
  let failures = 0;
  let newest: WorkflowExecutionDescription | null = null;
  for (const { action } of description.info.recentActions.toReversed()) {
    const { workflowId, firstExecutionRunId } = action.workflow;
    const run = await client.getHandle(workflowId, firstExecutionRunId).describe();
    if (run.status.name === 'COMPLETED') return null;
    if (run.status.name !== 'FAILED' && run.status.name !== 'TIMED_OUT') continue;
    newest ??= run;
    failures++;
    if (failures === limit) break;
  }
  if (newest === null || failures < limit || (newest.closeTime ?? since) <= since) return null;
  return `paused after ${limit} failures in a row, the last of them ${newest.workflowId}`;
}
