import type { Planned } from '../../domain/sync-run.ts';
import type { Sql, Transaction } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import {
  candidates,
  chooseJoins,
  firstPattern,
  isEnded,
  loadedOnes,
  type OpenItemRules,
  reopenForNewRules,
  reopenForReading,
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
  /** Null: it has a manifest. */
  readonly planned: Planned | null;
}

/** Splits the files, given by size in order, into chunks; see domain/chunking.ts. */
export type ChunkStarts = (sizes: readonly number[]) => number[];

export interface RunToPlan {
  readonly runId: string;
  readonly rules: ManifestRules;
  readonly chunkStarts: ChunkStarts;
  /** There is to be no manifest, nor anything else of what it takes to write one. */
  readonly dryRun: boolean;
}

/** Another run may be loading a large file that is ours too; below the time that an attempt may take. */
const lockTimeout = '4min';

/**
 * Writes what the run has to handle: the inventory in the window that has a dataset, less what the ledger is done
 * with. A second call finds the first one's manifest and changes nothing.
 */
export async function writeManifest(
  sql: Sql,
  owner: Owner,
  { runId, rules, chunkStarts, dryRun }: RunToPlan,
): Promise<ManifestCounts> {
  return beginAs(sql, owner, async (tx) => {
    await tx`select set_config('lock_timeout', ${lockTimeout}, true)`;
    await tx`select from run_history where run_id = ${runId} for update`;
    const [written] = await tx`select from run_files where run_id = ${runId} limit 1`;
    if (written === undefined) {
      if (dryRun) await tx`savepoint unplanned`;
      await reopenForNewRules(tx, rules);
      await reopenForReading(tx, rules);
      await insertManifest(tx, runId, rules);
      await settleItems(tx, rules);
      await assignChunks(tx, runId, chunkStarts);
    }
    const counts = await countManifest(tx, runId, rules);
    const planned = dryRun ? await readPlanned(tx, runId) : null;
    if (dryRun) await tx`rollback to savepoint unplanned`;
    await recordCounts(tx, owner, runId, { ...rules, ...counts });
    return { ...counts, total: dryRun ? 0 : counts.total, planned };
  });
}

/** Of the names' UTF-8: the workflow's result must stay small however many files there are. */
const maxNameBytes = 16 * 1024;

async function readPlanned(tx: Transaction, runId: string): Promise<Planned> {
  const [planned] = await tx<[Planned]>`
    with file as (
      select position, name, size_bytes, again_as, sum(octet_length(name) + 4) over (order by position) as name_bytes
      from run_files join ingestion_log using (file_id) where run_files.run_id = ${runId})
    select count(*)::int as files, coalesce(sum(size_bytes), 0) as bytes, count(again_as)::int as again,
      coalesce(jsonb_agg(name order by position) filter (where name_bytes <= ${maxNameBytes}), '[]') as names
    from file`;
  return planned;
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
    insert into run_files (run_id, position, file_id, chunk, again_as)
    select ${runId}, row_number() over (order by modified_at, path) - 1, file_id, 0, again_as from (
      select file_id, modified_at, path, null as again_as from seen
      union all
      select file_id, modified_at, path, dataset from (${loadedOnes(tx, rules)}) loaded) file`;
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

type Counts = Omit<ManifestCounts, 'planned'>;

async function countManifest(tx: Transaction, runId: string, rules: ManifestRules): Promise<Counts> {
  const [counts] = await tx<[Counts]>`
    select
      ${listed(tx, rules)}::int as listed,
      (select count(*)::int from run_files where run_id = ${runId}) as total,
      (select coalesce(jsonb_agg(distinct dataset), '[]') from run_files join ingestion_log using (file_id)
        where run_files.run_id = ${runId}) as datasets,
      (select count(*)::int from (
        select distinct dataset, hour from stale_hours where dataset = any(${rules.datasets as string[]})) stale) as "staleHours"`;
  return counts;
}

async function recordCounts(
  tx: Transaction,
  { scheduledAt }: Owner,
  runId: string,
  { from, to, listed, total }: Pick<ManifestRules & Counts, 'from' | 'to' | 'listed' | 'total'>,
): Promise<void> {
  await tx`
    update run_history set window_from = ${from}, window_to = ${to}, listed = ${listed}, skipped = ${skippedOf({ listed, total })},
      attempt_at = ${scheduledAt}
    where run_id = ${runId} and attempt_at <= ${scheduledAt}`;
}

/** Files that were moved away are listed no more, and may be read again all the same. */
export function skippedOf({ listed, total }: Pick<Counts, 'listed' | 'total'>): number {
  return Math.max(0, listed - total);
}

/** Of a whole source the listing has counted: a run that finds nothing new must not look at every item. */
function listed(tx: Transaction, { sourceId, paths }: ManifestRules) {
  const counted = tx`(
    select count(*) from drive_items item
    where source_id = ${sourceId} and deleted_at is null and ${within(tx, paths)} and not ${takenAway(tx)})`;
  if (paths !== null) return counted;
  return tx`coalesce((select listed from inventories where source_id = ${sourceId}), ${counted})`;
}
