import type { PendingQuery, Row } from 'postgres';

import type { Sql, Transaction } from '../connection.ts';
import { recordListed } from './record-listed.ts';
import { moveIsDue, takenAway } from './taken-away.ts';
import { within } from './within-paths.ts';

export interface InventoryItem {
  readonly itemId: string;
  readonly driveId: string | null;
  /** Item id of the folder that it lies in; null: local. */
  readonly parentId: string | null;
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly eTag: string;
  readonly contentHash: string | null;
  readonly modifiedAt: string;
  /** The source holds it for malware; absent: it does not. */
  readonly malware?: boolean;
}

export interface InventoryPage {
  readonly sourceId: number;
  /** By the database's clock, in full precision, before the source was asked for this page. */
  readonly at: string;
  readonly items: readonly InventoryItem[];
}

/**
 * Adds or updates one page of a listing; returns the time for the next one. Items that are as they were cost no write; what
 * was written from a page that was asked for later is left alone.
 */
export async function saveInventoryPage(sql: Sql, { sourceId, at, items }: InventoryPage): Promise<string> {
  // One page may name an item twice while the folder changes: the last one counts.
  const unique = [...new Map(items.map((item) => [item.itemId, item])).values()];
  return upsertItems(
    sql,
    sourceId,
    sql`
      select page.*, ${at}::text::timestamptz as listed_at from unnest(
        ${unique.map((item) => item.itemId)}::text[], ${unique.map((item) => item.driveId)}::text[],
        ${unique.map((item) => item.parentId)}::text[], ${unique.map((item) => item.name)}::text[],
        ${unique.map((item) => item.path)}::text[], ${unique.map((item) => item.size)}::bigint[],
        ${unique.map((item) => item.eTag)}::text[], ${unique.map((item) => item.contentHash)}::text[],
        ${unique.map((item) => item.modifiedAt)}::timestamptz[],
        ${unique.map((item) => String(item.malware ?? false))}::text[]::boolean[])
        as page (item_id, drive_id, parent_id, name, path, size_bytes, etag, content_hash, modified_at, malware)`,
  );
}

/** Of `listed`, a query with the columns of `page` above and `listed_at`, what is not in the inventory like that. Returns the time. */
export async function upsertItems(
  sql: Sql | Transaction,
  sourceId: number,
  listed: PendingQuery<Row[]>,
): Promise<string> {
  const [now] = await sql<[{ at: string }]>`
    with listed as (${listed}), changed as (
      select listed.* from listed
      left join drive_items known on known.source_id = ${sourceId} and known.item_id = listed.item_id
      where known.item_id is null or known.deleted_at is not null or known.moved_at is not null
        or (known.drive_id, known.parent_id, known.name, known.path, known.size_bytes, known.etag, known.content_hash, known.modified_at,
            known.malware)
          is distinct from
          (listed.drive_id, listed.parent_id, listed.name, listed.path, listed.size_bytes, listed.etag, listed.content_hash, listed.modified_at,
            listed.malware)
    ), saved as (
      insert into drive_items as known
        (source_id, item_id, drive_id, parent_id, name, path, size_bytes, etag, content_hash, modified_at, malware, listed_at)
      select ${sourceId}::bigint, changed.* from changed
      on conflict (source_id, item_id) do update set
        drive_id = excluded.drive_id, parent_id = excluded.parent_id, name = excluded.name, path = excluded.path,
        size_bytes = excluded.size_bytes, etag = excluded.etag, content_hash = excluded.content_hash,
        modified_at = excluded.modified_at, malware = excluded.malware, listed_at = excluded.listed_at, deleted_at = null,
        moved_at = null
      where known.listed_at <= excluded.listed_at
    )
    select now()::text as at`;
  return now.at;
}

export interface CompleteListing {
  readonly sourceId: number;
  /** When it began: what another run has found, or changed, since is not gone. */
  readonly at: string;
  readonly itemIds: ReadonlySet<string>;
  /** Only these were listed; null: the whole source. */
  readonly paths: readonly string[] | null;
}

/** Whatever the listing did not show is gone, but for what we took away ourselves. Returns how many went. Their rows stay. */
export async function markDeleted(
  sql: Sql,
  { sourceId, at, itemIds, paths }: CompleteListing,
): Promise<number> {
  // A join, not `<> all`: that compares every item with every other as soon as the plan is cached.
  const gone = await sql`
    update drive_items item set deleted_at = now(), listed_at = greatest(listed_at, ${at}::text::timestamptz)
    where source_id = ${sourceId} and deleted_at is null and ${within(sql, paths)}
      and not ${takenAway(sql)} and not ${moveIsDue(sql)}
      and greatest(first_seen_at, listed_at) <= ${at}::text::timestamptz
      and not exists (select from unnest(${[...itemIds]}::text[]) as listed (item_id) where listed.item_id = item.item_id)`;
  if (paths === null) await recordListed(sql, sourceId);
  return gone.count;
}
