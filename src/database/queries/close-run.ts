import { notLoadedText, type RunStatus, type SyncResult } from '../../domain/sync-run.ts';
import type { Sql, Transaction } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { type NewRun, openRun } from './open-run.ts';

/** What the record holds of a run's result. */
export type ClosedRun = Omit<
  SyncResult,
  'runId' | 'downloadedNames' | 'problems' | 'duplicateNames' | 'unreadyNames'
>;

export interface RunEnding {
  readonly status: Exclude<RunStatus, 'running' | 'partial'>;
  readonly error: string | null;
  /** A run that has succeeded but for some files has failed. */
  readonly isStrict?: boolean;
}

/**
 * Counts what the manifest says and ends the record. A run with files that failed has succeeded in part, or failed if it is strict. A repeated call
 * counts again; one of an attempt that a later one has overtaken changes nothing and returns what stands there. A run
 * that failed before it had a record, as one does whose database was away, gets it now. Undefined: there is no record.
 */
export async function closeRun(
  sql: Sql,
  owner: Owner,
  run: Omit<NewRun, 'timeoutSeconds'>,
  ending: RunEnding,
): Promise<ClosedRun | undefined> {
  return beginAs(sql, owner, async (tx) => {
    if (ending.status !== 'succeeded') await openRun(tx, { ...run, timeoutSeconds: 0 });
    await lockRun(tx, run.runId);
    const closed = await endRun(tx, run.runId, {
      ...ending,
      endedAt: null,
      attemptAt: owner.scheduledAt,
      onlyIfOpen: false,
    });
    if (closed !== undefined && closed.status !== ending.status && closed.status === 'failed')
      await tx`update run_history set error = ${`FilesNotLoaded: ${notLoadedText(closed)}.`} where run_id = ${run.runId}`;
    return closed ?? (await readRun(tx, run.runId));
  });
}

/** Waits for those who load a file for the run (holdRunOpen). In a statement of its own: the one that counts must begin after them. */
export async function lockRun(tx: Transaction, runId: string): Promise<void> {
  await tx`select from run_history where run_id = ${runId} for update`;
}

export interface CountedEnding extends RunEnding {
  /** Null: now. */
  readonly endedAt: Date | null;
  /** An attempt that was scheduled before, and closes the record later, is out of date. */
  readonly attemptAt: Date;
  readonly onlyIfOpen: boolean;
}

/** Undefined: there was nothing to end. */
export async function endRun(
  tx: Transaction,
  runId: string,
  { status, error, isStrict = false, endedAt, attemptAt, onlyIfOpen }: CountedEnding,
): Promise<ClosedRun | undefined> {
  const [run] = await tx<ClosedRun[]>`
    with counted as (
      select
        count(*) filter (where file.downloaded_at is not null)::int as downloaded,
        count(*) filter (where file.state = 'ingested')::int as ingested,
        count(*) filter (where file.state = 'quarantined')::int as quarantined,
        count(*) filter (where file.state = 'duplicate')::int as duplicates,
        count(*) filter (where file.state = 'unready')::int as unready,
        count(*) filter (where file.state in ('failed', 'waiting', 'downloaded'))::int as failed,
        coalesce(sum(log.rows_loaded) filter (where file.state = 'ingested'), 0) as loaded,
        coalesce(sum(log.rows_rejected) filter (where file.state = 'ingested'), 0) as rejected
      from run_files file join ingestion_log log using (file_id)
      where file.run_id = ${runId}
    )
    update run_history run set
      status = case
        when ${status} <> 'succeeded' then ${status}
        when ${isStrict} and counted.failed + counted.quarantined > 0 then 'failed'
        when counted.failed > 0 then 'partial'
        else 'succeeded' end,
      end_ts = coalesce(${endedAt}, now()),
      error = ${error}, attempt_at = ${attemptAt},
      downloaded = counted.downloaded, ingested = counted.ingested, quarantined = counted.quarantined,
      duplicates = counted.duplicates, unready = counted.unready, failed = counted.failed, rows_loaded = counted.loaded, rows_rejected = counted.rejected
    from counted
    where run.run_id = ${runId} and run.attempt_at <= ${attemptAt} and (run.status = 'running' or not ${onlyIfOpen})
    returning ${result(tx)}`;
  return run;
}

async function readRun(tx: Transaction, runId: string): Promise<ClosedRun | undefined> {
  const [run] = await tx<ClosedRun[]>`select ${result(tx)} from run_history run where run_id = ${runId}`;
  return run;
}

function result(tx: Transaction) {
  return tx`run.status, run.listed, run.skipped, run.downloaded, run.ingested, run.quarantined, run.duplicates, run.unready, run.failed,
    run.rows_loaded as "rowsLoaded", run.rows_rejected as "rowsRejected", run.rows_aggregated as "rowsAggregated"`;
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
    where file.run_id = ${runId} and file.state not in ('ingested', 'already', 'duplicate', 'unready')
    order by position limit 20`;
  return rows.map((row) => row.problem);
}

/** `name: why` of the run's files that were not to be had yet, the first twenty, each shortened. */
export async function readUnready(sql: Sql, runId: string): Promise<string[]> {
  const rows = await sql<{ said: string }[]>`
    select left(name, 80) || ': ' || case when length(error) > 240 then left(error, 239) || '…' else error end as said
    from run_files file join ingestion_log using (file_id)
    where file.run_id = ${runId} and file.state = 'unready'
    order by position limit 20`;
  return rows.map((row) => row.said);
}

/** `name: the same content as NAME (file 12)` of the run's files that were not loaded for that, the first twenty. */
export async function readDuplicates(sql: Sql, runId: string): Promise<string[]> {
  const rows = await sql<{ said: string }[]>`
    select left(log.name, 80) || ': the same content as ' || left(original.name, 80) || ' (file ' || original.file_id || ')' as said
    from run_files file join ingestion_log log using (file_id) join ingestion_log original on original.file_id = log.duplicate_of
    where file.run_id = ${runId} and file.state = 'duplicate'
    order by position limit 20`;
  return rows.map((row) => row.said);
}
