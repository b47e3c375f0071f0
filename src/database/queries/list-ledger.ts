import type { FileState } from '../../domain/file-state.ts';
import type { Sql } from '../connection.ts';

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

function chosenBy(sql: Sql, { state, dataset, runId, name }: LedgerFilter) {
  return sql`(${state}::text is null or log.state = ${state})
    and (${dataset}::text is null or log.dataset = ${dataset})
    and (${name}::text is null or normalize(log.name) ~* ${name})
    and (${runId}::text is null or exists (
      select from run_files file where file.run_id = ${runId} and file.file_id = log.file_id))`;
}
