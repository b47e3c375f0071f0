import type { Sql, Transaction } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { takenAway } from './taken-away.ts';
import { within } from './within-paths.ts';

export interface ManifestRules {
  readonly sourceId: number;
  /** Only items at or below one of these paths; null: all. */
  readonly paths: readonly string[] | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Files that earlier runs could not finish are taken whenever they were modified. */
  readonly retryOlder: boolean;
  /** The datasets that are aggregated. */
  readonly datasets: readonly string[];
  /** Regular expressions over the file's name, in the order in which they are asked. */
  readonly patterns: readonly { readonly dataset: string; readonly regex: string }[];
  readonly onChanged: 'replace' | 'skip';
}

export interface ManifestCounts {
  readonly listed: number;
  readonly total: number;
  readonly datasets: readonly string[];
  readonly staleHours: number;
}

/** Splits the files, given by size in order, into chunks; see domain/chunking.ts. */
export type ChunkStarts = (sizes: readonly number[]) => number[];

/** Another run may be loading a large file that is ours too; below the time that an attempt may take. */
const lockTimeout = '4min';

/**
 * Writes what the run has to handle: the inventory in the window that has a dataset, less what the ledger is done
 * with. A second call finds the first one's manifest and changes nothing.
 */
export async function writeManifest(
  sql: Sql,
  owner: Owner,
  run: { readonly runId: string; readonly rules: ManifestRules; readonly chunkStarts: ChunkStarts },
): Promise<ManifestCounts> {
  const { runId, rules, chunkStarts } = run;
  return beginAs(sql, owner, async (tx) => {
    await tx`select set_config('lock_timeout', ${lockTimeout}, true)`;
    await tx`select from run_history where run_id = ${runId} for update`;
    const [written] = await tx`select from run_files where run_id = ${runId} limit 1`;
    if (written === undefined) {
      await insertManifest(tx, runId, rules);
      await assignChunks(tx, runId, chunkStarts);
    }
    return recordCounts(tx, owner, runId, rules);
  });
}

async function insertManifest(tx: Transaction, runId: string, rules: ManifestRules): Promise<void> {
  // Of tables that have just been filled Postgres has no statistics yet, takes them for small, and would search the
  // ledger anew for each item.
  await tx`set local enable_nestloop = off`;
  // An item is done with when the ledger has ended this very version of it, or the same content under the same path
  // whose former item is gone (deleted and uploaded again, or moved away by us). 'replaced' is no end: the file went back to an old version.
  await tx`
    with due as (
      select item.*, match.dataset
      from drive_items item
      cross join lateral (
        select pattern.dataset
        from unnest(${rules.patterns.map((pattern) => pattern.dataset)}::text[],
                    ${rules.patterns.map((pattern) => pattern.regex)}::text[]) with ordinality as pattern (dataset, regex, turn)
        where normalize(item.name) ~* pattern.regex order by pattern.turn limit 1) match
      where item.source_id = ${rules.sourceId} and item.deleted_at is null and ${within(tx, rules.paths)}
        -- What we moved away is replaced by what comes under its name, and only loaded again when somebody wants it so.
        and (item.moved_at is null or exists (
          select from ingestion_log wanted
          where wanted.source_id = item.source_id and wanted.item_id = item.item_id and wanted.version_key = item.version_key
            and wanted.state = 'pending'))
        and (${rules.retryOlder} and exists (
            select from ingestion_log open
            where open.source_id = item.source_id and open.item_id = item.item_id and open.version_key = item.version_key
              and open.state = 'pending')
          or (${rules.from}::timestamptz is null or item.modified_at >= ${rules.from}::timestamptz)
            and (${rules.to}::timestamptz is null or item.modified_at < ${rules.to}::timestamptz))
        and not exists (
          select from ingestion_log done
          where done.source_id = item.source_id and done.item_id = item.item_id and done.version_key = item.version_key
            and done.state in ('ingested', 'duplicate', 'quarantined', 'discarded', 'purged'))
        and not exists (
          select from drive_items gone
          join ingestion_log former on former.source_id = gone.source_id and former.item_id = gone.item_id
          where gone.source_id = item.source_id and gone.folded_path = item.folded_path
            and (gone.deleted_at is not null or gone.moved_at is not null) and gone.item_id <> item.item_id
            and (former.state in ('ingested', 'duplicate') and (former.version_key = item.version_key or ${rules.onChanged} = 'skip')
              or former.state in ('discarded', 'purged') and former.version_key = item.version_key))
        and not (${rules.onChanged} = 'skip' and exists (
          select from ingestion_log former
          where former.source_id = item.source_id and former.item_id = item.item_id and former.state in ('ingested', 'duplicate')))
    ), seen as (
      insert into ingestion_log as known
        (source_id, item_id, version_key, drive_id, name, path, size_bytes, content_hash, modified_at, dataset, run_id)
      select source_id, item_id, version_key, drive_id, name, path, size_bytes, content_hash, modified_at, dataset, ${runId}
      from due
      on conflict (source_id, item_id, version_key) do update set
        state = 'pending', dataset = excluded.dataset, name = excluded.name, path = excluded.path,
        drive_id = excluded.drive_id, replaced_by = null, taken_at = null
      -- Another run may have ended it since the snapshot was taken: then it is not ours.
      where known.state in ('pending', 'replaced')
      returning file_id, modified_at, path
    )
    insert into run_files (run_id, position, file_id, chunk)
    select ${runId}, row_number() over (order by modified_at, path) - 1, file_id, 0 from seen`;
}

async function assignChunks(tx: Transaction, runId: string, chunkStarts: ChunkStarts): Promise<void> {
  const files = await tx<{ size_bytes: number }[]>`
    select size_bytes from run_files join ingestion_log using (file_id)
    where run_files.run_id = ${runId} order by position`;
  const starts = chunkStarts(files.map((file) => file.size_bytes));
  if (starts.length === 0) return;
  await tx`
    update run_files set chunk = width_bucket(position, ${starts}::integer[]) - 1 where run_id = ${runId}`;
}

async function recordCounts(
  tx: Transaction,
  owner: Owner,
  runId: string,
  rules: ManifestRules,
): Promise<ManifestCounts> {
  const [counts] = await tx<[ManifestCounts]>`
    select
      (select count(*)::int from drive_items item
        where source_id = ${rules.sourceId} and deleted_at is null and ${within(tx, rules.paths)}
          and not ${takenAway(tx)}) as listed,
      (select count(*)::int from run_files where run_id = ${runId}) as total,
      (select coalesce(jsonb_agg(distinct dataset), '[]') from run_files join ingestion_log using (file_id)
        where run_files.run_id = ${runId}) as datasets,
      (select count(*)::int from (
        select distinct dataset, hour from stale_hours where dataset = any(${rules.datasets as string[]})) stale) as "staleHours"`;
  await tx`
    update run_history set window_from = ${rules.from}, window_to = ${rules.to},
      listed = ${counts.listed}, skipped = ${counts.listed - counts.total}, attempt_at = ${owner.scheduledAt}
    where run_id = ${runId} and attempt_at <= ${owner.scheduledAt}`;
  return counts;
}
