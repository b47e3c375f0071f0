import type { SyncResult } from '../../domain/sync-run.ts';
import type { Sql } from '../connection.ts';

/** What the record holds of a run's result. */
export type ClosedRun = Omit<SyncResult, 'runId' | 'downloadedNames' | 'problems'>;

/** Counts what the manifest says and ends the record. A run with files that failed has succeeded in part. A repeated call counts again. */
export async function closeRun(
  sql: Sql,
  runId: string,
  status: 'succeeded' | 'failed' | 'cancelled' | 'timed_out',
  error: string | null,
): Promise<ClosedRun | undefined> {
  const [run] = await sql<ClosedRun[]>`
    with counted as (
      select
        count(*) filter (where file.downloaded_at is not null)::int as downloaded,
        count(*) filter (where file.state = 'ingested')::int as ingested,
        count(*) filter (where file.state = 'quarantined')::int as quarantined,
        count(*) filter (where file.state in ('failed', 'waiting', 'downloaded'))::int as failed,
        coalesce(sum(log.rows_loaded) filter (where file.state = 'ingested'), 0) as loaded,
        coalesce(sum(log.rows_rejected) filter (where file.state = 'ingested'), 0) as rejected
      from run_files file join ingestion_log log using (file_id)
      where file.run_id = ${runId}
    )
    update run_history run set
      status = case when ${status} = 'succeeded' and counted.failed > 0 then 'partial' else ${status} end,
      end_ts = now(), error = ${error},
      downloaded = counted.downloaded, ingested = counted.ingested, quarantined = counted.quarantined,
      failed = counted.failed, rows_loaded = counted.loaded, rows_rejected = counted.rejected
    from counted
    where run.run_id = ${runId}
    returning run.status, run.listed, run.skipped, run.downloaded, run.ingested, run.quarantined, run.failed,
      run.rows_loaded as "rowsLoaded", run.rows_rejected as "rowsRejected", run.rows_aggregated as "rowsAggregated"`;
  return run;
}

/** Names of the files that the run downloaded, in order, as many as fit into `maxBytes` of UTF-8. */
export async function readDownloadedNames(sql: Sql, runId: string, maxBytes: number): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select name from (
      select position, name, sum(octet_length(name) + 4) over (order by position) as bytes
      from run_files file join ingestion_log using (file_id)
      where file.run_id = ${runId} and downloaded_at is not null) named
    where bytes <= ${maxBytes} order by position`;
  return rows.map((row) => row.name);
}

/** `name: reason` of the files that failed or were quarantined, the first twenty, each shortened. */
export async function readProblems(sql: Sql, runId: string): Promise<string[]> {
  const rows = await sql<{ problem: string }[]>`
    select left(name, 80) || ': ' || case when length(error) > 240 then left(error, 239) || '…' else coalesce(error, 'not finished') end as problem
    from run_files file join ingestion_log using (file_id)
    where file.run_id = ${runId} and file.state not in ('ingested', 'already')
    order by position limit 20`;
  return rows.map((row) => row.problem);
}
