import type { Sql, Transaction } from '../connection.ts';
import { takenAway } from './taken-away.ts';

/** Counts what is there, for runs that find nothing changed. */
export async function recordListed(sql: Sql | Transaction, sourceId: number): Promise<number> {
  const [{ listed }] = await sql<[{ listed: number }]>`
    insert into inventories (source_id, listed)
    select ${sourceId}::bigint, count(*) from drive_items item
    where source_id = ${sourceId} and deleted_at is null and not ${takenAway(sql)}
    on conflict (source_id) do update set listed = excluded.listed
    returning listed`;
  return listed;
}
