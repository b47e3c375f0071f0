import type { WorkflowClient, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';

/** Without a run id the last run of that workflow. Null: there is none, or no longer. */
export async function describeRun(
  client: WorkflowClient,
  workflowId: string,
  runId?: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.getHandle(workflowId, runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The last execution of the chain that began with this run: one that somebody resets goes on under another id. */
export async function describeLatest(
  client: WorkflowClient,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): Promise<WorkflowExecutionDescription | null> {
  const latest = await describeRun(client, workflowId);
  if (latest === null || latest.raw.workflowExecutionInfo?.firstRunId === runId) return latest;
  return describeRun(client, workflowId, runId);
}
