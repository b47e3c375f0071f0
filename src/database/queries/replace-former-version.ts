import type { Transaction } from '../connection.ts';
import { handOverRows } from './same-content.ts';

/**
 * Puts this file in the place of the version before it. Returns how many rows that stood for: its own, or those of the
 * file whose duplicate it was.
 */
export async function replaceFormerVersion(tx: Transaction, fileId: number): Promise<number> {
  // Step by step, each materialized: of tables that have just been filled Postgres has no statistics yet, and as one
  // condition it would search the whole ledger for each file of the ledger. The inventory knows under which path a file
  // was last seen; the ledger only where it was when it was loaded.
  const former = await tx<{ file_id: number; dataset: string; state: string; rows: number }[]>`
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
    update ingestion_log set state = 'replaced', duplicate_of = null, replaced_by = ${by} where file_id = ${fileId}`;
}
