import type { Client } from '@temporalio/client';

import type { JobView } from '../schedules/read-jobs.ts';
import { listTemporalRuns, type TemporalRun } from './temporal-run.ts';

export interface JobHealth {
  readonly job: string;
  readonly status: 'ok' | 'paused' | 'failing' | 'late';
  /** For people; empty: nothing is wrong. */
  readonly reason: string;
  readonly lastRun: TemporalRun | null;
  readonly lastSuccessAt: Date | null;
}

/** So many of its newest runs are looked at. */
const newest = 50;

/** How a job is by its newest runs, and by how old its last success may be. */
export async function readJobHealth(client: Client, job: JobView, now = new Date()): Promise<JobHealth> {
  const runs = await listTemporalRuns(client, job.id, newest);
  const ended = runs.filter(({ status }) => status !== 'running');
  // What a dry run is of a job that makes nothing else.
  const success =
    job.definition?.config.dryRun === true ? ['succeeded', 'partial', 'dry_run'] : ['succeeded', 'partial'];
  const lastSuccessAt = ended.find(({ status }) => success.includes(status))?.endedAt ?? null;
  return {
    job: job.id,
    lastRun: runs[0] ?? null,
    lastSuccessAt,
    ...verdict(job, ended[0], lastSuccessAt, now),
  };
}

function verdict(
  { paused, note, definition, createdAt }: JobView,
  last: TemporalRun | undefined,
  lastSuccessAt: Date | null,
  now: Date,
): Pick<JobHealth, 'status' | 'reason'> {
  if (paused) return { status: 'paused', reason: note };
  const within = definition?.successWithinMinutes ?? null;
  const since = lastSuccessAt ?? new Date(createdAt);
  if (within !== null && now.getTime() - since.getTime() > within * 60_000)
    return {
      status: 'late',
      reason: `No run has succeeded since ${since.toISOString()}, and one should within ${within} minutes.`,
    };
  if (last !== undefined && ['failed', 'timed_out', 'terminated'].includes(last.status))
    return {
      status: 'failing',
      reason: `The last run, ${last.workflowId}, ${last.status.replace('_', ' ')}.`,
    };
  return { status: 'ok', reason: '' };
}
