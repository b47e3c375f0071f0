import { type ScheduleClient, type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';

export type Triggered =
  | { readonly outcome: 'started'; readonly workflowId: string; readonly runId: string }
  /** The overlap policy refused it; `running` is the run in its way, null when that has ended meanwhile. */
  | { readonly outcome: 'skipped'; readonly running: string | null };

/** Thrown when no job has this id. */
export class JobNotFound extends Error {
  override readonly name = 'JobNotFound';
  readonly job: string;

  constructor(job: string) {
    super(
      `There is no job "${job}". Start \`charlie up\` or \`charlie run\` once: they make the jobs of the settings.`,
    );
    this.job = job;
  }
}

/** How often the schedule is asked what became of the trigger; the server answers from memory in a few milliseconds. */
const askEveryMs = 100;

/**
 * Starts the job now, whether or not it is paused, under its own overlap policy; `force` runs beside a run that is
 * under way. Under the policy `queue` it waits for its turn. Throws JobNotFound.
 */
export async function triggerJob(client: ScheduleClient, job: string, force: boolean): Promise<Triggered> {
  const handle = client.getHandle(job);
  const before = await describe(handle, job);
  await handle.trigger(force ? 'ALLOW_ALL' : before.policies.overlap);

  const known = new Set(actions(before).map((action) => action.runId));
  for (;;) {
    const now = await describe(handle, job);
    const started = actions(now).find((action) => !known.has(action.runId));
    if (started !== undefined) return { outcome: 'started', ...started };
    if (now.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap) {
      return { outcome: 'skipped', running: running(now) };
    }
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}

async function describe(
  handle: { describe(): Promise<ScheduleDescription> },
  job: string,
): Promise<ScheduleDescription> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) throw new JobNotFound(job);
    throw error;
  }
}

function actions(schedule: ScheduleDescription): { workflowId: string; runId: string }[] {
  return schedule.info.recentActions.flatMap(({ action }) => ({
    workflowId: action.workflow.workflowId,
    runId: action.workflow.firstExecutionRunId,
  }));
}

function running(schedule: ScheduleDescription): string | null {
  return schedule.info.runningActions[0]?.workflow.workflowId ?? null;
}
