import type { ScheduleHandle, WorkflowHandle } from '@temporalio/client';
import type { Duration } from '@temporalio/common';

import { jobsOf, syncJobId } from '../../src/schedules/jobs.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { until } from '../survival/waiting.ts';

/** The sync job of the settings, with a tick every second; the overlap policy is its own. */
export async function tickEverySecond(
  pipeline: Pipeline,
  { runTimeout = '2 minutes' }: { readonly runTimeout?: Duration } = {},
): Promise<ScheduleHandle> {
  const job = jobsOf(pipeline.settings).find(({ id }) => id === syncJobId)!;
  return pipeline.client.schedule.create({
    scheduleId: `sync-${pipeline.settings.temporal.taskQueue}`,
    ...job.schedule,
    spec: { intervals: [{ every: '1 second' }] },
    action: {
      ...job.schedule.action,
      workflowId: `sync-${pipeline.settings.temporal.taskQueue}`,
      workflowRunTimeout: runTimeout,
    },
  });
}

/** The runs that the schedule has started lately, the first of them first. */
export async function startedRuns({ client }: Pipeline, schedule: ScheduleHandle): Promise<WorkflowHandle[]> {
  const { info } = await schedule.describe();
  return info.recentActions.map(({ action: { workflow } }) =>
    client.workflow.getHandle(workflow.workflowId, workflow.firstExecutionRunId),
  );
}

/** The first run that the schedule starts. */
export async function firstRun(pipeline: Pipeline, schedule: ScheduleHandle): Promise<WorkflowHandle> {
  return nextRun(pipeline, schedule, []);
}

/** The first run that the schedule starts and that is none of those. */
export async function nextRun(
  pipeline: Pipeline,
  schedule: ScheduleHandle,
  known: readonly WorkflowHandle[],
): Promise<WorkflowHandle> {
  const ids = new Set(known.map(({ workflowId }) => workflowId));
  let next: WorkflowHandle | undefined;
  await until('the schedule starts a run', async () => {
    next = (await startedRuns(pipeline, schedule)).find(({ workflowId }) => !ids.has(workflowId));
    return next !== undefined;
  });
  return next!;
}

/** No tick any more, and what was started has ended. */
export async function stopTicking(schedule: ScheduleHandle): Promise<void> {
  await schedule.pause();
  await until('no run is under way', async () => {
    const { info } = await schedule.describe();
    return info.runningActions.length === 0;
  });
}
