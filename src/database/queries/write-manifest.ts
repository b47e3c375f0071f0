import type { Sql, Transaction } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import {
  candidates,
  chooseJoins,
  firstPattern,
  isEnded,
  type OpenItemRules,
  reopenForNewRules,
  settleItems,
  standIns,
} from './open-items.ts';
import { takenAway } from './taken-away.ts';
import { within } from './within-paths.ts';

export interface ManifestRules extends OpenItemRules {
  /** The datasets that are aggregated. */
  readonly datasets: readonly string[];
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
      await reopenForNewRules(tx, rules);
      await insertManifest(tx, runId, rules);
      await settleItems(tx, rules);
      await assignChunks(tx, runId, chunkStarts);
    }
    return recordCounts(tx, owner, runId, rules);
  });
}

async function insertManifest(tx: Transaction, runId: string, rules: ManifestRules): Promise<void> {
  await chooseJoins(tx, rules);
  // 'replaced' is no end: the file went back to an old version.
  await tx`
    with candidate as materialized (${candidates(tx, rules)}), due as (
      select item.*, match.dataset
      from candidate join drive_items item on item.source_id = ${rules.sourceId} and item.item_id = candidate.item_id
      cross join lateral (${firstPattern(tx, rules)}) match
      where not ${isEnded(tx)} and not exists (${standIns(tx, rules)})
    ), seen as (
      insert into ingestion_log as known
        (source_id, item_id, version_key, drive_id, name, path, size_bytes, content_hash, modified_at, dataset, run_id)
      select source_id, item_id, version_key, drive_id, name, path, size_bytes, content_hash, modified_at, dataset, ${runId}
      from due
      on conflict (source_id, item_id, version_key) do update set
        state = 'pending', dataset = excluded.dataset, name = excluded.name, path = excluded.path,
        drive_id = excluded.drive_id, replaced_by = null, taken_at = null, reason = null, detail = null
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
      ${listed(tx, rules)}::int as listed,
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

/** Of a whole source the listing has counted: a run that finds nothing new must not look at every item. */
function listed(tx: Transaction, { sourceId, paths }: ManifestRules) {
  const counted = tx`(
    select count(*) from drive_items item
    where source_id = ${sourceId} and deleted_at is null and ${within(tx, paths)} and not ${takenAway(tx)})`;
  if (paths !== null) return counted;
  return tx`coalesce((select listed from inventories where source_id = ${sourceId}), ${counted})`;
}
