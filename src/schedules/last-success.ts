import type { WorkflowClient } from '@temporalio/client';

/** When the last run of a job has succeeded; null: none of those has that are kept. Behind by some tenths of a second. */
export async function lastSuccess(client: WorkflowClient, job: string): Promise<Date | null> {
  const query = `CharlieJob = ${JSON.stringify(job)} and ExecutionStatus = "Completed"`;
  // The newest come first.
  for await (const { closeTime } of client.list({ query, pageSize: 1 })) return closeTime ?? null;
  return null;
}

/** Whether a job that must succeed so often has not; the time that a job is young counts for it. */
export function isOverdue(
  {
    successWithinMinutes,
    createdAt,
  }: { readonly successWithinMinutes: number | null; readonly createdAt: string },
  last: Date | null,
  now = new Date(),
): boolean {
  if (successWithinMinutes === null) return false;
  const since = last?.getTime() ?? Date.parse(createdAt);
  return now.getTime() - since > successWithinMinutes * 60_000;
}

/** Whether a job that is not paused must succeed so often and has not. */
export async function isLate(
  client: WorkflowClient,
  job: {
    readonly id: string;
    readonly paused: boolean;
    readonly successWithinMinutes: number | null;
    readonly createdAt: string;
  },
): Promise<boolean> {
  if (job.paused || job.successWithinMinutes === null) return false;
  return isOverdue(job, await lastSuccess(client, job.id));
}
