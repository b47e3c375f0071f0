import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowStartOptions,
} from '@temporalio/client';

/**
 * Starts a run under an id of its own, beside the schedules. Whoever asks again gets the run that has this id, be it over
 * or under way, while Temporal knows it.
 */
export async function startRun(
  client: Client,
  workflowType: string,
  options: WorkflowStartOptions,
): Promise<{ readonly workflowId: string; readonly runId: string }> {
  try {
    const handle = await client.workflow.start(workflowType, {
      ...options,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { workflowId, runId } = await client.workflow.getHandle(options.workflowId).describe();
    return { workflowId, runId };
  }
}
