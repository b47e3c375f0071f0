import type { WorkflowClient } from '@temporalio/client';

import type { JobDefinition } from '../domain/job.ts';
import { skippedStatuses } from '../domain/sync-run.ts';

/**
 * When the last run of a job has succeeded; null: none of those has that are kept. Behind by some tenths of a second. A dry run counts
 * where the job makes nothing else.
 */
export async function lastSuccess(
  client: WorkflowClient,
  job: string,
  definition: JobDefinition | null,
): Promise<Date | null> {
  const idle = [...skippedStatuses, ...(definition?.config.dryRun === true ? [] : ['dry_run'])];
  const query =
    `CharlieJob = ${JSON.stringify(job)} and ExecutionStatus = "Completed" ` +
    `and (CharlieOutcome is null or CharlieOutcome not in (${idle.map((each) => JSON.stringify(each)).join(', ')}))`;
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
    readonly definition: JobDefinition | null;
    readonly createdAt: string;
  },
): Promise<boolean> {
  const { id, paused, createdAt, definition } = job;
  const successWithinMinutes = definition?.successWithinMinutes ?? null;
  if (paused || successWithinMinutes === null) return false;
  return isOverdue({ successWithinMinutes, createdAt }, await lastSuccess(client, id, definition));
}
