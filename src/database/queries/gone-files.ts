import type { GoneFiles } from '../../domain/sync-run.ts';
import type { Sql } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { lockIdentity } from './lock-identity.ts';
import type { OpenItemRules } from './open-items.ts';
import { handOverRows } from './same-content.ts';
import { within } from './within-paths.ts';

/** Where, and modified when. */
export type GoneScope = Pick<OpenItemRules, 'sourceId' | 'paths' | 'from' | 'to'>;

/** Names of files, as many as a result holds. */
const namesAtMost = 20;

/** Versions in the window that are loaded, and that nobody can load again. */
export async function readGone(sql: Sql, scope: GoneScope): Promise<Omit<GoneFiles, 'dropped'>> {
  const [gone] = await sql<[Omit<GoneFiles, 'dropped'>]>`
    with gone as (${goneIds(sql, scope)})
    select count(*)::int as files,
      to_jsonb(array(select name from gone join ingestion_log using (file_id) order by file_id limit ${namesAtMost})) as names
    from gone`;
  return gone;
}

/**
 * Takes their rows out, a transaction a file; a file that was left out for the sake of these rows inherits them. One that comes back to
 * where it was is loaded again.
 */
export async function dropGone(
  sql: Sql,
  owner: Owner,
  scope: GoneScope,
  onProgress: (done: number) => void,
): Promise<void> {
  const gone = await sql<{ file_id: number }[]>`${goneIds(sql, scope)} order by file_id`;
  for (const [done, { file_id }] of gone.entries()) {
    owner.signal.throwIfAborted();
    onProgress(done);
    await dropFile(sql, owner, file_id);
  }
}

async function dropFile(sql: Sql, owner: Owner, fileId: number): Promise<void> {
  await beginAs(sql, owner, async (tx) => {
    await lockIdentity(tx, fileId);
    await tx`select from ingestion_log where file_id = ${fileId} for update`;
    // In a statement of its own: it must see what those have committed who were waited for.
    const [file] = await tx<{ dataset: string; state: string }[]>`
      select dataset, log.state from ingestion_log log join drive_items item using (source_id, item_id)
      where file_id = ${fileId} and ${isGone(tx)}`;
    if (file === undefined) return;
    if (file.state === 'ingested') await handOverRows(tx, { fileId, dataset: file.dataset });
    await tx`
      update ingestion_log set state = 'pending', duplicate_of = null, reason = 'gone',
        detail = 'It is gone from its folder, and its rows were dropped. It is loaded again if it comes back.'
      where file_id = ${fileId}`;
  });
}

function goneIds(sql: Sql, { sourceId, paths, from, to }: GoneScope) {
  return sql`
    select file_id from ingestion_log log join drive_items item using (source_id, item_id)
    where source_id = ${sourceId} and ${within(sql, paths)} and ${isGone(sql)}
      and (${from}::timestamptz is null or log.modified_at >= ${from}::timestamptz)
      and (${to}::timestamptz is null or log.modified_at < ${to}::timestamptz)`;
}

/**
 * Of `item` and its version `log`. What we took away ourselves is not meant, nor what lies there as another item: deleted and
 * uploaded again, with the same content.
 */
function isGone(sql: Parameters<typeof within>[0]) {
  return sql`(log.state in ('ingested', 'duplicate') and item.deleted_at is not null and item.moved_at is null and log.taken_at is null
    and not exists (
      select from drive_items heir
      where heir.source_id = item.source_id and heir.folded_path = item.folded_path and heir.deleted_at is null
        and heir.moved_at is null))`;
}
