import type { Transaction } from '../connection.ts';

/** Takes out the rows of the version that this file replaces; returns how many there were. */
export async function replaceFormerVersion(tx: Transaction, fileId: number): Promise<number> {
  // Step by step, each materialized: of tables that have just been filled Postgres has no statistics yet, and as one
  // condition it would search the whole ledger for each file of the ledger. The inventory knows under which path a file
  // was last seen; the ledger only where it was when it was loaded.
  const former = await tx<{ file_id: number; dataset: string; rows_loaded: number }[]>`
    with this as materialized (
      select source_id, item_id, folded_path
      from ingestion_log join drive_items using (source_id, item_id) where file_id = ${fileId}),
    same as materialized (
      select source_id, item_id from this
      union all
      select gone.source_id, gone.item_id from this join drive_items gone using (source_id, folded_path)
      where gone.deleted_at is not null),
    versions as materialized (
      select file_id from same join ingestion_log using (source_id, item_id))
    select file_id, dataset, rows_loaded
    from ingestion_log
    where file_id = any(array(select file_id from versions)) and file_id <> ${fileId} and state = 'ingested'
    for update`;
  for (const { file_id, dataset } of former) {
    await tx`delete from ${tx(`datasets.${dataset}`)} where _file_id = ${file_id}`;
    await tx`
      insert into stale_hours (dataset, hour, file_id)
      select dataset, hour, file_id from file_hours where file_id = ${file_id}`;
    await tx`delete from file_hours where file_id = ${file_id}`;
    await tx`delete from rejects where file_id = ${file_id}`;
    await tx`update ingestion_log set state = 'replaced', replaced_by = ${fileId} where file_id = ${file_id}`;
  }
  return former.reduce((rows, version) => rows + version.rows_loaded, 0);
}
