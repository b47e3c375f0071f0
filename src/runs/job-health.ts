import type { Client } from '@temporalio/client';

import { isOverdue, lastSuccess } from '../schedules/last-success.ts';
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

/** So many of its newest runs are looked at: more than can be under way beside each other. */
const newest = 50;

/** How a job is by the last run that has ended, and by how old its last success may be. */
export async function readJobHealth(client: Client, job: JobView, now = new Date()): Promise<JobHealth> {
  const runs = await listTemporalRuns(client, job.id, newest);
  const ended = runs.find(({ status }) => status !== 'running');
  const lastSuccessAt = await lastSuccess(client.workflow, job.id, job.definition);
  return {
    job: job.id,
    lastRun: runs[0] ?? null,
    lastSuccessAt,
    ...verdict(job, ended, lastSuccessAt, now),
  };
}

const failures: Readonly<Partial<Record<TemporalRun['status'], string>>> = {
  failed: 'failed',
  timed_out: 'timed out',
  terminated: 'was terminated',
};

function verdict(
  { paused, note, definition, createdAt }: JobView,
  last: TemporalRun | undefined,
  lastSuccessAt: Date | null,
  now: Date,
): Pick<JobHealth, 'status' | 'reason'> {
  if (paused) return { status: 'paused', reason: note };
  const successWithinMinutes = definition?.successWithinMinutes ?? null;
  if (isOverdue({ successWithinMinutes, createdAt }, lastSuccessAt, now))
    return {
      status: 'late',
      reason: `No run has succeeded since ${(lastSuccessAt ?? new Date(createdAt)).toISOString()}, and one should within ${successWithinMinutes ?? 0} minutes.`,
    };
  const failure = last === undefined ? undefined : failures[last.status];
  if (last !== undefined && failure !== undefined)
    return { status: 'failing', reason: `The last run, ${last.workflowId}, ${failure}.` };
  return { status: 'ok', reason: '' };
}
