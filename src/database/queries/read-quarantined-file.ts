import type { FileState } from '../../domain/file-state.ts';
import type { Sql } from '../connection.ts';
import { FileStateUnfit, FileUnknown } from '../ledger-errors.ts';

/** All that is known of a file that was refused whole. */
export interface QuarantinedDetails {
  readonly fileId: number;
  readonly name: string;
  readonly dataset: string;
  readonly reason: string;
  readonly detail: string | null;
  /** `local files`, or the address of the folder. */
  readonly source: string;
  readonly sourceKind: 'sharepoint' | 'directory';
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  readonly modifiedAt: Date;
  readonly quarantinedAt: Date;
  readonly runId: string;
  readonly workflowId: string | null;
  /** Its copy, on the machine whose worker refused it; null: the record of that run is gone. */
  readonly copy: string | null;
  /** Worker processes that were lost while they read it; from two on it is read alone. */
  readonly takedowns: number;
  /** Still at its source, in this version. */
  readonly isListed: boolean;
  /** The version before it, whose rows stay. */
  readonly earlier: { readonly fileId: number; readonly rows: number } | null;
}

/** Throws FileUnknown, and FileStateUnfit when it is not quarantined. */
export async function readQuarantinedFile(sql: Sql, fileId: number): Promise<QuarantinedDetails> {
  const [file] = await sql<(QuarantinedDetails & { state: FileState })[]>`
    select log.file_id as "fileId", log.name, log.dataset, log.state, log.reason, log.detail, label as source,
      kind as "sourceKind", log.path, log.size_bytes as "sizeBytes", log.sha256, log.modified_at as "modifiedAt",
      log.ended_at as "quarantinedAt", log.run_id as "runId", run.workflow_id as "workflowId", place.local_path as copy,
      coalesce(takedowns, 0) as takedowns, item.deleted_at is null and item.version_key = log.version_key as "isListed",
      ${earlierVersion(sql)} as earlier
    from ingestion_log log join sources using (source_id) join drive_items item using (source_id, item_id)
    left join run_history run using (run_id)
    left join run_files place on place.run_id = log.run_id and place.file_id = log.file_id and place.state = 'quarantined'
    left join open_files on open_files.file_id = log.file_id
    where log.file_id = ${fileId}`;
  if (file === undefined) throw new FileUnknown(fileId);
  const { state, ...details } = file;
  if (state !== 'quarantined') throw new FileStateUnfit({ ...details, state }, ['quarantined']);
  return details;
}

/** Of the `item`, or of one that is gone and had the same path. */
function earlierVersion(sql: Sql) {
  return sql`(
    select jsonb_build_object('fileId', former.file_id, 'rows', coalesce(original.rows_loaded, former.rows_loaded))
    from drive_items same join ingestion_log former using (source_id, item_id)
    left join ingestion_log original on original.file_id = former.duplicate_of
    where same.source_id = item.source_id and former.state in ('ingested', 'duplicate')
      and (same.item_id = item.item_id or same.folded_path = item.folded_path
        and (same.deleted_at is not null or same.moved_at is not null))
    order by former.file_id desc limit 1)`;
}
