import type { JobConfig } from '../../domain/job.ts';
import type { RunStatus } from '../../domain/sync-run.ts';
import type { Sql } from '../connection.ts';

/** A run as its record has it. */
export interface RunRecord {
  readonly runId: string;
  readonly workflowId: string;
  readonly job: string;
  readonly status: RunStatus;
  readonly nominalTime: Date;
  readonly windowFrom: Date | null;
  readonly windowTo: Date | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly listed: number;
  readonly skipped: number;
  readonly downloaded: number;
  readonly ingested: number;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly unready: number;
  readonly failed: number;
  readonly rowsLoaded: number;
  readonly rowsRejected: number;
  readonly rowsAggregated: number;
  readonly error: string | null;
  /** What it did differently; null: nothing. */
  readonly config: JobConfig | null;
}

/** Null: whatever it is. */
export interface RunPage {
  readonly job: string | null;
  /** Of the record. */
  readonly statuses: readonly RunStatus[] | null;
  readonly before: RunPosition | null;
  readonly limit: number;
}

/** Where a page ends: neither of both ever changes. */
export interface RunPosition {
  /** When the run began, in microseconds since 1970. */
  readonly startedMicros: number;
  readonly runId: string;
}

/** Newest first, each with its position. */
export async function pageRuns(
  sql: Sql,
  { job, statuses, before, limit }: RunPage,
): Promise<readonly (RunRecord & RunPosition)[]> {
  return sql<(RunRecord & RunPosition)[]>`
    select ${columns(sql)}, ${micros(sql)} as "startedMicros" from run_history
    where (${job}::text is null or job = ${job}) and (${statuses === null} or status = any(${(statuses ?? []) as string[]}))
      and (${before === null} or (${micros(sql)}, run_id) < (${before?.startedMicros ?? 0}::bigint, ${before?.runId ?? ''}))
    order by start_ts desc, run_id desc limit ${limit}`;
}

/** Given its run id or its workflow's; of several runs of one workflow the last one. Null: it has no record. */
export async function readRunRecord(sql: Sql, run: string): Promise<RunRecord | null> {
  const [found] = await sql<RunRecord[]>`
    select ${columns(sql)} from run_history where run_id = ${run} or workflow_id = ${run}
    order by start_ts desc limit 1`;
  return found ?? null;
}

export async function readRunRecords(sql: Sql, runIds: readonly string[]): Promise<readonly RunRecord[]> {
  return sql<RunRecord[]>`select ${columns(sql)} from run_history where run_id = any(${runIds as string[]})`;
}

function micros(sql: Sql) {
  return sql`(extract(epoch from start_ts) * 1000000)::bigint`;
}

function columns(sql: Sql) {
  return sql`run_id as "runId", workflow_id as "workflowId", job, status, nominal_time as "nominalTime",
    window_from as "windowFrom", window_to as "windowTo", start_ts as "startedAt", end_ts as "endedAt", listed, skipped,
    downloaded, ingested, quarantined, duplicates, unready, failed, rows_loaded as "rowsLoaded",
    rows_rejected as "rowsRejected", rows_aggregated as "rowsAggregated", error, config`;
}
