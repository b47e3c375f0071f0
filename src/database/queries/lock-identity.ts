import type { Transaction } from '../connection.ts';

/**
 * Versions of one file, and files that follow one another under one path, go one at a time: each must see what the
 * other has committed. Item before path, in every transaction, so that no two wait for each other.
 */
export async function lockIdentity(tx: Transaction, fileId: number): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(hashtext('item'), hashtext(source_id || ' ' || item_id)),
      pg_advisory_xact_lock(hashtext('path'), hashtext(source_id || ' ' || folded_path))
    from ingestion_log join drive_items using (source_id, item_id) where file_id = ${fileId}`;
}
