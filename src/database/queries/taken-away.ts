import type { PendingQuery, Row } from 'postgres';

import type { Sql, Transaction } from '../connection.ts';

/** A condition on the inventory's `item`: this version of it is no longer there because we moved or removed it ourselves. */
export function takenAway(sql: Sql | Transaction): PendingQuery<Row[]> {
  return sql`(item.moved_at is not null or exists (
    select from ingestion_log taken
    where taken.source_id = item.source_id and taken.item_id = item.item_id and taken.version_key = item.version_key
      and taken.taken_at is not null))`;
}

/**
 * A condition on the inventory's `item`: a run that died may have moved it without a record; the next move finds out. Not so when
 * another file is in its place, which is to replace its rows.
 */
export function moveIsDue(sql: Sql | Transaction): PendingQuery<Row[]> {
  return sql`(exists (
    select from ingestion_log due
    where due.source_id = item.source_id and due.item_id = item.item_id and due.version_key = item.version_key
      and due.move_due and due.state in ('ingested', 'duplicate'))
    and not exists (
      select from drive_items other
      where other.source_id = item.source_id and other.folded_path = item.folded_path and other.item_id <> item.item_id
        and other.deleted_at is null and other.moved_at is null))`;
}
