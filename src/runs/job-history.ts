import type { Client } from '@temporalio/client';

import type { Sql } from '../database/connection.ts';
import { readRunRecords } from '../database/queries/page-runs.ts';
import type { Run } from './read-run.ts';
import { listTemporalRuns, type TemporalRun } from './temporal-run.ts';

/** So many runs, the newest, are what statistics are of. */
const recentRuns = 1000;

export interface JobStatistics {
  readonly runs: number;
  readonly succeeded: number;
  readonly partial: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly terminated: number;
  readonly timedOut: number;
  readonly running: number;
  readonly dryRuns: number;
  readonly skippedFold: number;
  readonly skippedNoData: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly lastSuccessAt: Date | null;
  readonly lastError: { readonly workflowId: string; readonly at: Date; readonly message: string } | null;
}

interface Places {
  readonly sql: Sql;
  readonly client: Client;
}

/** The newest runs of a job, newest first: those that Temporal knows, with their records where they have one. */
export async function readJobHistory(
  { sql, client }: Places,
  job: string,
  limit = recentRuns,
): Promise<Run[]> {
  const runs = await listTemporalRuns(client, job, limit);
  const records = await readRunRecords(
    sql,
    runs.map(({ runId }) => runId),
  );
  const byRunId = new Map(records.map((record) => [record.runId, record]));
  return runs.map((run) => withRecord(run, byRunId.get(run.runId) ?? null));
}

/** Of the newest runs of a job. */
export function statisticsOf(runs: readonly Run[]): JobStatistics {
  const count = (status: Run['status']) => runs.filter((run) => run.status === status).length;
  const durations = runs
    .filter(({ status }) => status === 'succeeded' || status === 'partial')
    .flatMap(({ startedAt, endedAt }) =>
      startedAt === null || endedAt === null ? [] : [endedAt.getTime() - startedAt.getTime()],
    )
    .sort((a, b) => a - b);
  const unsuccessful = runs.find(
    ({ status }) => status === 'failed' || status === 'timed_out' || status === 'terminated',
  );
  return {
    runs: runs.length,
    succeeded: count('succeeded'),
    partial: count('partial'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    terminated: count('terminated'),
    timedOut: count('timed_out'),
    running: count('running'),
    dryRuns: count('dry_run'),
    skippedFold: count('skipped_dst_fold'),
    skippedNoData: count('skipped_no_data'),
    p50Ms: quantile(durations, 0.5),
    p95Ms: quantile(durations, 0.95),
    lastSuccessAt: runs.find(({ status }) => status === 'succeeded' || status === 'partial')?.endedAt ?? null,
    lastError: unsuccessful === undefined ? null : errorOf(unsuccessful),
  };
}

/** Temporal knows best whether a run has ended; its record, how. */
function withRecord(run: TemporalRun, record: Run['record']): Run {
  const isTold = record !== null && record.status !== 'running' && run.status !== 'running';
  return { ...run, status: isTold ? record.status : run.status, record };
}

function errorOf({ workflowId, startedAt, endedAt, status, record }: Run): JobStatistics['lastError'] {
  const at = endedAt ?? startedAt;
  return at === null
    ? null
    : { workflowId, at, message: record?.error ?? `The run ${status.replace('_', ' ')}.` };
}

/** By the nearest rank. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? null;
}
