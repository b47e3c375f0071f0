import { type Client, WorkflowNotFoundError } from '@temporalio/client';

import { RunNotBegun, RunOver } from './errors.ts';
import type { Run } from './read-run.ts';

/** Asks the run to stop in order; asking again changes nothing. Throws RunNotBegun and RunOver. */
export async function cancelRun(client: Client, { workflowId, runId, status, record }: Run): Promise<void> {
  if (status === 'queued') throw new RunNotBegun(workflowId);
  if (status !== 'running') throw new RunOver(workflowId, status);
  try {
    // A run that was reset goes on under another id, and its record keeps the first.
    const handle =
      record === null
        ? client.workflow.getHandle(workflowId, runId ?? undefined)
        : client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId: record.runId });
    await handle.cancel();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new RunOver(workflowId, 'it has just ended');
    throw error;
  }
}
