import type { Sql } from '../connection.ts';
import type { InventoryItem } from './save-inventory.ts';

/** A round of changes that is under way. */
export interface Round {
  readonly sourceId: number;
  /** Of the inventory when it began. */
  readonly generation: number;
  /** A UUID of its own. */
  readonly roundId: string;
}

export type StagedItem =
  | ({ readonly kind: 'file'; readonly parentId: string } & InventoryItem)
  | {
      readonly kind: 'folder';
      readonly itemId: string;
      readonly parentId: string;
      readonly name: string;
      readonly childCount: number | null;
    }
  | { readonly kind: 'gone'; readonly itemId: string };

/**
 * Puts a page of changes aside until the round is complete; of an item that comes again the last state counts. `at`: by
 * the database's clock, before the page was asked for; returns that for the next one.
 */
export async function stageChanges(
  sql: Sql,
  { sourceId, generation, roundId }: Round,
  at: string,
  items: readonly StagedItem[],
): Promise<string> {
  const rows = items.map((item) => ({ ...nothing, ...item }));
  const [next] = await sql<[{ at: string }]>`
    with page as (
      insert into delta_items as known (source_id, round_id, generation, listed_at, item_id, kind, parent_id, name, child_count,
        drive_id, size_bytes, etag, content_hash, modified_at, malware)
      select ${sourceId}::bigint, ${roundId}::uuid, ${generation}::bigint, ${at}::text::timestamptz, item.*
      from unnest(
        ${rows.map((row) => row.itemId)}::text[], ${rows.map((row) => row.kind)}::text[],
        ${rows.map((row) => row.parentId)}::text[], ${rows.map((row) => row.name)}::text[],
        ${rows.map((row) => row.childCount)}::integer[], ${rows.map((row) => row.driveId)}::text[],
        ${rows.map((row) => row.size)}::bigint[], ${rows.map((row) => row.eTag)}::text[],
        ${rows.map((row) => row.contentHash)}::text[], ${rows.map((row) => row.modifiedAt)}::timestamptz[],
        ${rows.map((row) => String(row.malware))}::text[]::boolean[]) as item
      on conflict (source_id, round_id, item_id) do update set
        kind = excluded.kind, parent_id = excluded.parent_id, name = excluded.name, child_count = excluded.child_count,
        drive_id = excluded.drive_id, size_bytes = excluded.size_bytes, etag = excluded.etag,
        content_hash = excluded.content_hash, modified_at = excluded.modified_at, malware = excluded.malware,
        listed_at = excluded.listed_at
    )
    select now()::text as at`;
  return next.at;
}

const nothing = {
  parentId: null,
  name: null,
  childCount: null,
  driveId: null,
  size: null,
  eTag: null,
  contentHash: null,
  modifiedAt: null,
  malware: false,
};

/**
 * Folders that the round has brought below `rootId`, and of whose contents it has not told everything: of a folder that is
 * moved there, the service tells the folder alone. `exceptId`: one that is not looked into.
 */
export async function unlistedFolders(
  sql: Sql,
  { sourceId, roundId }: Round,
  { rootId, exceptId }: { readonly rootId: string; readonly exceptId: string | null },
): Promise<string[]> {
  const folders = await sql<{ item_id: string }[]>`
    with recursive candidate as materialized (
      select item_id, parent_id from delta_items folder
      where source_id = ${sourceId} and round_id = ${roundId} and kind = 'folder'
        and item_id is distinct from ${exceptId}
        and not exists (
          select from drive_folders known where known.source_id = folder.source_id and known.item_id = folder.item_id)
        and child_count is distinct from (
          select count(*) from delta_items child
          where child.source_id = ${sourceId} and child.round_id = ${roundId} and child.parent_id = folder.item_id)
    ), above (candidate, item_id, depth) as (
      select item_id, parent_id, 1 from candidate
      union all
      select above.candidate, coalesce(staged.parent_id, known.parent_id), depth + 1
      from above
      left join delta_items staged
        on staged.source_id = ${sourceId} and staged.round_id = ${roundId} and staged.item_id = above.item_id
      left join drive_folders known on known.source_id = ${sourceId} and known.item_id = above.item_id
      where above.item_id <> ${rootId} and depth < ${deepest}
        and above.item_id is distinct from ${exceptId}
        and case when staged.item_id is null then known.item_id is not null else staged.kind = 'folder' end
    )
    select distinct candidate as item_id from above where item_id = ${rootId}`;
  return folders.map(({ item_id }) => item_id);
}

/** A path has 400 characters at most; more can only be a circle of folders that are being moved. */
const deepest = 400;
