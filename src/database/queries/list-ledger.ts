import type { FileState } from '../../domain/file-state.ts';
import type { Sql } from '../connection.ts';
import { FileUnknown } from '../ledger-errors.ts';

/** Null: whatever it is. */
export interface LedgerFilter {
  readonly state: FileState | null;
  readonly dataset: string | null;
  /** The run that had to handle it. */
  readonly runId: string | null;
  /** A regular expression over its name, without regard to case. */
  readonly name: string | null;
  readonly limit: number;
}

export interface LedgerEntry {
  readonly fileId: number;
  readonly name: string;
  readonly path: string;
  readonly dataset: string;
  readonly state: FileState;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly rowsLoaded: number | null;
  /** When it came into this state, or was first seen. */
  readonly at: Date;
  /** The run that did so, by both of its ids. */
  readonly runId: string;
  readonly workflowId: string | null;
}

/** Entries of the ledger, newest first, and how many there are without the limit. */
export async function listLedger(
  sql: Sql,
  filter: LedgerFilter,
): Promise<{ readonly files: readonly LedgerEntry[]; readonly total: number }> {
  const changedAt = sql`greatest(log.created_at, log.ended_at, log.decided_at)`;
  const files = await sql<LedgerEntry[]>`
    select log.file_id as "fileId", log.name, log.path, log.dataset, log.state, log.reason, log.detail,
      log.rows_loaded as "rowsLoaded", ${changedAt} as at, log.run_id as "runId", run.workflow_id as "workflowId"
    from ingestion_log log left join run_history run using (run_id)
    where ${chosenBy(sql, filter)}
    order by ${changedAt} desc, log.file_id desc limit ${filter.limit}`;
  const [{ total }] = await sql<[{ total: number }]>`
    select count(*) as total from ingestion_log log where ${chosenBy(sql, filter)}`;
  return { files: [...files], total };
}

/** A page of the ledger, last seen first; those that were seen before this file. */
export async function pageLedger(
  sql: Sql,
  filter: LedgerFilter & { readonly before: number | null },
): Promise<readonly LedgerFile[]> {
  return sql<LedgerFile[]>`
    ${ledgerFiles(sql)}
    where ${chosenBy(sql, filter)} and (${filter.before}::bigint is null or log.file_id < ${filter.before})
    order by log.file_id desc limit ${filter.limit}`;
}

/** Throws FileUnknown. */
export async function readLedgerFile(sql: Sql, fileId: number): Promise<LedgerFile> {
  const [file] = await sql<LedgerFile[]>`${ledgerFiles(sql)} where log.file_id = ${fileId}`;
  if (file === undefined) throw new FileUnknown(fileId);
  return file;
}

/** All that the ledger has of a version. Numbers of rows are null until it was read. */
export interface LedgerFile {
  readonly fileId: number;
  readonly name: string;
  readonly path: string;
  readonly sourceKind: 'sharepoint' | 'directory';
  readonly dataset: string;
  readonly state: FileState;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  readonly modifiedAt: Date;
  readonly seenAt: Date;
  readonly endedAt: Date | null;
  readonly rowsRead: number | null;
  readonly rowsLoaded: number | null;
  readonly rowsRejected: number | null;
  readonly rowsDuplicate: number | null;
  readonly rowsBlank: number | null;
  readonly duplicateOf: number | null;
  readonly replacedBy: number | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly runId: string;
  readonly workflowId: string | null;
}

function ledgerFiles(sql: Sql) {
  return sql`select log.file_id as "fileId", log.name, log.path, kind as "sourceKind", log.dataset, log.state, log.reason,
      log.detail, log.size_bytes as "sizeBytes", log.sha256, log.modified_at as "modifiedAt", log.created_at as "seenAt",
      log.ended_at as "endedAt", log.rows_read as "rowsRead", log.rows_loaded as "rowsLoaded",
      log.rows_rejected as "rowsRejected", log.rows_duplicate as "rowsDuplicate", log.rows_blank as "rowsBlank",
      log.duplicate_of as "duplicateOf", log.replaced_by as "replacedBy", log.decided_by as "decidedBy",
      log.decided_at as "decidedAt", log.run_id as "runId", run.workflow_id as "workflowId"
    from ingestion_log log join sources using (source_id) left join run_history run using (run_id)`;
}

function chosenBy(sql: Sql, { state, dataset, runId, name }: LedgerFilter) {
  return sql`(${state}::text is null or log.state = ${state})
    and (${dataset}::text is null or log.dataset = ${dataset})
    and (${name}::text is null or normalize(log.name) ~* ${name})
    and (${runId}::text is null or exists (
      select from run_files file where file.run_id = ${runId} and file.file_id = log.file_id))`;
}
