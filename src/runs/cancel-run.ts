import { type Client, WorkflowNotFoundError } from '@temporalio/client';

import { RunNotBegun, RunOver } from './errors.ts';
import type { Run } from './read-run.ts';

/** Asks the run to stop in order; asking again changes nothing. Throws RunNotBegun and RunOver. */
export async function cancelRun(client: Client, { workflowId, runId, status }: Run): Promise<void> {
  if (status === 'queued') throw new RunNotBegun(workflowId);
  if (status !== 'running') throw new RunOver(workflowId, status);
  try {
    await client.workflow.getHandle(workflowId, runId ?? undefined).cancel();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new RunOver(workflowId, 'it has just ended');
    throw error;
  }
}
