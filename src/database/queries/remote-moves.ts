import type { Sql, Transaction } from '../connection.ts';

/** A file at its source that is loaded, and still to be moved to the processed folder. */
export interface MoveDue {
  readonly fileId: number;
  readonly driveId: string;
  readonly itemId: string;
  readonly name: string;
  readonly eTag: string;
  readonly versionKey: string;
}

/** In the transaction that ends the file. What was loaded from the processed folder itself, since somebody wanted it anew, stays there. */
export async function markMoveDue(tx: Transaction, fileId: number): Promise<void> {
  await tx`
    update ingestion_log log set move_due = true, move_error = null
    from drive_items item
    where log.file_id = ${fileId} and item.source_id = log.source_id and item.item_id = log.item_id and item.moved_at is null`;
}

export async function hasDueMoves(sql: Sql, sourceId: number): Promise<boolean> {
  const due = await findDueMoves(sql, sourceId, 1);
  return due.length > 0;
}

/** Those that could not be moved before come last, so that they keep nothing back. */
export async function findDueMoves(sql: Sql, sourceId: number, atMost: number): Promise<MoveDue[]> {
  return sql<MoveDue[]>`
    select file_id as "fileId", item.drive_id as "driveId", item_id as "itemId", item.name, item.etag as "eTag",
      item.version_key as "versionKey"
    from ingestion_log log join drive_items item using (source_id, item_id)
    where source_id = ${sourceId} and move_due and log.state in ('ingested', 'duplicate')
      and item.deleted_at is null and item.moved_at is null and item.version_key = log.version_key and item.drive_id is not null
    order by move_error is not null, file_id limit ${atMost}`;
}

/** What was listed before this moment takes nothing of it back. */
export async function recordMoved(sql: Sql, fileId: number): Promise<void> {
  await sql`
    with moved as (
      update ingestion_log set move_due = false, move_error = null where file_id = ${fileId}
      returning source_id, item_id)
    update drive_items item set moved_at = now(), listed_at = now()
    from moved where item.source_id = moved.source_id and item.item_id = moved.item_id`;
}

/** Somebody has deleted it; the listing left that open, since it could have been us who moved it. */
export async function recordGone(sql: Sql, fileId: number): Promise<void> {
  await sql`
    with gone as (
      update ingestion_log set move_due = false, move_error = null where file_id = ${fileId}
      returning source_id, item_id),
    deleted as (
      update drive_items item set deleted_at = now(), listed_at = now()
      from gone where item.source_id = gone.source_id and item.item_id = gone.item_id and item.deleted_at is null
      returning item.source_id)
    update inventories set listed = listed - 1 where source_id = (select source_id from deleted)`;
}

/** It has another content, which is loaded and moved for itself. */
export async function dropMove(sql: Sql, fileId: number): Promise<void> {
  await sql`update ingestion_log set move_due = false, move_error = null where file_id = ${fileId}`;
}

export async function recordMoveFailure(sql: Sql, fileIds: readonly number[], error: string): Promise<void> {
  await sql`
    update ingestion_log set move_error = ${error} where file_id = any(${fileIds as number[]}::bigint[]) and move_due`;
}
