import type { Transaction } from '../connection.ts';
import { handOverRows } from './same-content.ts';

export interface FormerVersion {
  readonly file_id: number;
  readonly dataset: string;
  readonly state: string;
  /** That it stands for: its own, or those of the file whose duplicate it is. */
  readonly rows: number;
}

/** The versions that this file takes the place of, with their ledger rows locked. */
export async function lockFormerVersions(tx: Transaction, fileId: number): Promise<readonly FormerVersion[]> {
  // Step by step, each materialized: of tables that have just been filled Postgres has no statistics yet, and as one
  // condition it would search the whole ledger for each file of the ledger. The inventory knows under which path a file
  // was last seen; the ledger only where it was when it was loaded.
  return tx<FormerVersion[]>`
    with this as materialized (
      select source_id, item_id, folded_path
      from ingestion_log join drive_items using (source_id, item_id) where file_id = ${fileId}),
    same as materialized (
      select source_id, item_id from this
      union all
      select gone.source_id, gone.item_id from this join drive_items gone using (source_id, folded_path)
      where gone.deleted_at is not null or gone.moved_at is not null),
    versions as materialized (
      select file_id from same join ingestion_log using (source_id, item_id))
    select log.file_id, log.dataset, log.state, coalesce(original.rows_loaded, log.rows_loaded) as rows
    from ingestion_log log left join ingestion_log original on original.file_id = log.duplicate_of
    where log.file_id = any(array(select file_id from versions)) and log.file_id <> ${fileId}
      and log.state in ('ingested', 'duplicate')
    for update of log`;
}

/** Returns how many rows they stood for. */
export async function replaceVersions(
  tx: Transaction,
  former: readonly FormerVersion[],
  fileId: number,
): Promise<number> {
  // Before those that have rows, so that none of these inherits them.
  for (const { file_id } of former.filter(({ state }) => state === 'duplicate'))
    await markReplaced(tx, file_id, fileId);
  for (const { file_id, dataset } of former.filter(({ state }) => state === 'ingested')) {
    await handOverRows(tx, { fileId: file_id, dataset });
    await markReplaced(tx, file_id, fileId);
  }
  return former.reduce((sum, { rows }) => sum + rows, 0);
}

async function markReplaced(tx: Transaction, fileId: number, by: number): Promise<void> {
  await tx`
    update ingestion_log set state = 'replaced', duplicate_of = null, replaced_by = ${by}, move_due = false, move_error = null
    where file_id = ${fileId}`;
}
