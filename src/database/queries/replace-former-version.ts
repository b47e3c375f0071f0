import type { Transaction } from '../connection.ts';

/** Takes out the rows of the version that this file replaces; returns how many there were. */
export async function replaceFormerVersion(tx: Transaction, fileId: number): Promise<number> {
  // Two lookups by index: as one condition they would have to go through the whole ledger of the source. The inventory
  // knows under which path a file was last seen; the ledger only where it was when it was loaded.
  const former = await tx<{ file_id: number; dataset: string; rows_loaded: number }[]>`
    select file_id, dataset, rows_loaded
    from ingestion_log
    where state = 'ingested' and file_id <> ${fileId} and file_id in (
      select version.file_id
      from ingestion_log this join ingestion_log version using (source_id, item_id)
      where this.file_id = ${fileId}
      union all
      select former.file_id
      from ingestion_log this
      join drive_items item using (source_id, item_id)
      join drive_items gone on gone.source_id = item.source_id and gone.folded_path = item.folded_path
      join ingestion_log former on former.source_id = gone.source_id and former.item_id = gone.item_id
      where this.file_id = ${fileId} and gone.deleted_at is not null)
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
