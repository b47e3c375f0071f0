import type { Sql, Transaction } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { recordListed } from './record-listed.ts';
import { upsertItems } from './save-inventory.ts';
import type { Round } from './stage-changes.ts';
import { moveIsDue, takenAway } from './taken-away.ts';

export interface CompleteRound extends Round {
  /** Item id of the folder whose inventory this is. */
  readonly rootId: string;
  /** Of a folder below that is not looked into. */
  readonly exceptId: string | null;
  readonly recursive: boolean;
  /** It has shown everything: what it has not shown is gone. */
  readonly isFull: boolean;
  /** By the database's clock, before the first page was asked for, and before the last one was. */
  readonly beganAt: string;
  readonly lastAt: string;
  /** Whether anything was staged. */
  readonly isEmpty: boolean;
  readonly link: string;
  readonly scope: 'folder' | 'library';
  readonly nominalTime: string;
}

/**
 * Brings a complete round into the inventory together with the link of the next one. Null when the inventory has changed
 * since the round began: another round was faster, and nothing was done.
 */
export async function applyChanges(
  sql: Sql,
  owner: Owner,
  round: CompleteRound,
): Promise<{ readonly listed: number; readonly deleted: number } | null> {
  return beginAs(sql, owner, async (tx) => {
    const [state] = await tx<{ listed: number | null }[]>`
      update inventories set generation = generation + 1, delta_link = ${round.link}, delta_scope = ${round.scope},
        delta_recursive = ${round.recursive},
        reconciled_at = case when ${round.isFull} then greatest(reconciled_at, ${round.nominalTime}) else reconciled_at end
      where source_id = ${round.sourceId} and generation = ${round.generation}
      returning listed`;
    if (state === undefined) return null;
    if (round.isEmpty && !round.isFull && state.listed !== null) return { listed: state.listed, deleted: 0 };

    const folders = await applyFolders(tx, round);
    await upsertItems(tx, round.sourceId, stagedFiles(tx, round));
    await movePaths(tx, round, folders.moved);
    const deleted =
      (await deleteToldGone(tx, round)) +
      (await deleteBelow(tx, round, folders.gone)) +
      (round.isFull ? await deleteUnseen(tx, round) : 0);
    await tx`delete from delta_items where source_id = ${round.sourceId} and generation <= ${round.generation}`;
    return { listed: await recordListed(tx, round.sourceId), deleted };
  });
}

/** `moved`: their paths are others than before, as those of new folders are. `gone`: they lie no longer below the root. */
async function applyFolders(
  tx: Transaction,
  { sourceId, roundId, rootId, exceptId, recursive, isFull }: CompleteRound,
): Promise<{ moved: string[]; gone: string[] }> {
  const told = recursive ? tx`told.kind = 'folder'` : tx`false`;
  const removed = await tx<{ item_id: string }[]>`
    delete from drive_folders folder where source_id = ${sourceId}
      and case when ${isFull} then not exists (
          select from delta_items told
          where told.source_id = ${sourceId} and told.round_id = ${roundId} and told.item_id = folder.item_id and ${told})
        else item_id = any(array(
          select item_id from delta_items told
          where source_id = ${sourceId} and round_id = ${roundId} and not ${told})) end
    returning item_id`;
  const saved = await tx`
    insert into drive_folders as known (source_id, item_id, parent_id, name, path)
    select source_id, item_id, parent_id, name, '' from delta_items told
    where source_id = ${sourceId} and round_id = ${roundId} and ${told}
    on conflict (source_id, item_id) do update set parent_id = excluded.parent_id, name = excluded.name
    where (known.parent_id, known.name) is distinct from (excluded.parent_id, excluded.name)`;
  const gone = removed.map(({ item_id }) => item_id);
  if (removed.count + saved.count === 0) return { moved: [], gone };
  const tree = tx`
    with recursive tree (item_id, path) as (
      select ${rootId}::text, ''
      union all
      select child.item_id, tree.path || child.name || '/'
      from tree join drive_folders child on child.source_id = ${sourceId} and child.parent_id = tree.item_id
        and child.item_id is distinct from ${exceptId})`;
  const lost = await tx<{ item_id: string }[]>`
    ${tree} delete from drive_folders where source_id = ${sourceId} and item_id not in (select item_id from tree)
    returning item_id`;
  const moved = await tx<{ item_id: string }[]>`
    ${tree} update drive_folders folder set path = tree.path from tree
    where folder.source_id = ${sourceId} and folder.item_id = tree.item_id and folder.path <> tree.path
    returning folder.item_id`;
  return { moved: ids(moved), gone: [...gone, ...ids(lost)] };
}

function stagedFiles(tx: Transaction, { sourceId, roundId, rootId }: CompleteRound) {
  return tx`
    select told.item_id, told.drive_id, told.parent_id, told.name, coalesce(folder.path, '') || told.name as path,
      told.size_bytes, told.etag, told.content_hash, told.modified_at, told.malware, told.listed_at
    from delta_items told
    left join drive_folders folder on folder.source_id = told.source_id and folder.item_id = told.parent_id
    where told.source_id = ${sourceId} and told.round_id = ${roundId} and told.kind = 'file'
      and (told.parent_id = ${rootId} or folder.item_id is not null)`;
}

/** Of the files in a folder that was renamed or moved the service says nothing. */
async function movePaths(
  tx: Transaction,
  { sourceId, lastAt }: CompleteRound,
  moved: string[],
): Promise<void> {
  await tx`
    update drive_items item set path = folder.path || item.name, listed_at = greatest(item.listed_at, ${lastAt}::text::timestamptz)
    from drive_folders folder
    where folder.source_id = ${sourceId} and folder.item_id = any(${moved}::text[])
      and item.source_id = folder.source_id and item.parent_id = folder.item_id and item.deleted_at is null
      and item.path <> folder.path || item.name`;
}

/** Deleted, or moved to where it is none of ours. */
async function deleteToldGone(
  tx: Transaction,
  { sourceId, roundId, rootId }: CompleteRound,
): Promise<number> {
  const gone = await tx`
    update drive_items item set deleted_at = now(), listed_at = told.listed_at
    from delta_items told
    where told.source_id = ${sourceId} and told.round_id = ${roundId}
      and (told.kind <> 'file' or told.parent_id <> ${rootId} and not exists (
        select from drive_folders folder where folder.source_id = told.source_id and folder.item_id = told.parent_id))
      and item.source_id = told.source_id and item.item_id = told.item_id and item.deleted_at is null
      and item.listed_at <= told.listed_at and ${isLost(tx)}`;
  return gone.count;
}

async function deleteBelow(
  tx: Transaction,
  { sourceId, lastAt }: CompleteRound,
  folders: string[],
): Promise<number> {
  const gone = await tx`
    update drive_items item set deleted_at = now(), listed_at = greatest(listed_at, ${lastAt}::text::timestamptz)
    where source_id = ${sourceId} and parent_id = any(${folders}::text[]) and deleted_at is null and ${isLost(tx)}`;
  return gone.count;
}

/** What another run has found since the round began is not gone. */
async function deleteUnseen(
  tx: Transaction,
  { sourceId, roundId, beganAt, lastAt }: CompleteRound,
): Promise<number> {
  const gone = await tx`
    update drive_items item set deleted_at = now(), listed_at = greatest(listed_at, ${lastAt}::text::timestamptz)
    where source_id = ${sourceId} and deleted_at is null and ${isLost(tx)}
      and greatest(first_seen_at, listed_at) <= ${beganAt}::text::timestamptz
      and not exists (
        select from delta_items told
        where told.source_id = ${sourceId} and told.round_id = ${roundId} and told.item_id = item.item_id)`;
  return gone.count;
}

/** Nobody of us has moved or removed the item, or may have. */
function isLost(tx: Transaction) {
  return tx`not ${takenAway(tx)} and not ${moveIsDue(tx)}`;
}

function ids(rows: readonly { item_id: string }[]): string[] {
  return rows.map(({ item_id }) => item_id);
}
