import type { PendingQuery, Row } from 'postgres';

import type { Transaction } from '../connection.ts';
import { within } from './within-paths.ts';

/*
 * A run must not cost more the more files are known. An item is settled once the ledger has ended its version, when no
 * dataset takes its name, or when another version stands for it; a change of the item opens it again, and in the last case one of
 * that version (see the triggers of drive_items and ingestion_log), and so do other rules. A version that somebody has put back
 * in line is pending, and found by that.
 */

export interface OpenItemRules {
  readonly sourceId: number;
  /** Only items at or below one of these paths; null: all. */
  readonly paths: readonly string[] | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Files that earlier runs could not finish are taken whenever they were modified. */
  readonly retryOlder: boolean;
  /** Regular expressions over the file's name, in the order in which they are asked. */
  readonly patterns: readonly { readonly dataset: string; readonly regex: string }[];
  readonly onChanged: 'replace' | 'skip';
  /** Versions in the window that are loaded, or were refused whole, are taken, too. */
  readonly again: boolean;
}

type Query = PendingQuery<Row[]>;

/** Ids of the items that a run may have to handle: the open ones in its window, and what earlier runs could not finish. */
export function candidates(tx: Transaction, rules: OpenItemRules): Query {
  return tx`
    select item_id from drive_items item where ${isOpen(tx, rules)}
    union
    select item.item_id
    from ingestion_log open
    join drive_items item on item.source_id = open.source_id and item.item_id = open.item_id and item.version_key = open.version_key
    where ${rules.retryOlder} and open.source_id = ${rules.sourceId} and open.state = 'pending'
      and item.deleted_at is null and ${within(tx, rules.paths)}`;
}

/** Versions that are loaded and can be had: `file_id`, `modified_at`, `path`, and the `dataset` that they belong to by now. */
export function loadedOnes(tx: Transaction, rules: OpenItemRules): Query {
  return tx`
    select log.file_id, item.modified_at, item.path, match.dataset
    from drive_items item
    join ingestion_log log
      on log.source_id = item.source_id and log.item_id = item.item_id and log.version_key = item.version_key
    cross join lateral (${firstPattern(tx, rules)}) match
    where ${rules.again} and log.state = 'ingested' and log.taken_at is null and ${isInWindow(tx, rules)}`;
}

/**
 * What was refused whole is put back in line, but for what took workers down: a person has to decide about that. What was left out, since a
 * file that is gone has brought its content, is looked at, too: it can be read in the place of that one.
 */
export async function reopenForReading(tx: Transaction, rules: OpenItemRules): Promise<void> {
  if (!rules.again) return;
  await tx`
    with refused as (
      update ingestion_log log set state = 'pending', reason = null, detail = null
      from drive_items item
      where item.source_id = log.source_id and item.item_id = log.item_id and item.version_key = log.version_key
        and log.state = 'quarantined' and log.reason <> 'took_down_workers' and ${isInWindow(tx, rules)}
        and (item.moved_at is null or ${rules.retryOlder})
        and exists (${firstPattern(tx, rules)}) and not exists (${standIns(tx, rules)})
      returning item.source_id, item.item_id)
    update drive_items item set settled = null
    from refused where item.source_id = refused.source_id and item.item_id = refused.item_id`;
  await tx`update drive_items item set settled = null where settled = 'left_out' and ${isInWindow(tx, rules)}`;
}

/** The first dataset whose pattern takes the name of `item`. */
export function firstPattern(tx: Transaction, { patterns }: Pick<OpenItemRules, 'patterns'>): Query {
  return tx`
    select pattern.dataset
    from unnest(${patterns.map((pattern) => pattern.dataset)}::text[],
                ${patterns.map((pattern) => pattern.regex)}::text[]) with ordinality as pattern (dataset, regex, turn)
    where normalize(item.name) ~* pattern.regex order by pattern.turn limit 1`;
}

/** A condition: the ledger has ended this version of `item`. */
export function isEnded(tx: Transaction): Query {
  return tx`exists (
    select from ingestion_log done
    where done.source_id = item.source_id and done.item_id = item.item_id and done.version_key = item.version_key
      and done.state in ('ingested', 'duplicate', 'quarantined', 'discarded', 'purged'))`;
}

/**
 * A query: the versions that stand for `item`, so that it is left out. The same content under the same path, whose item is gone
 * (deleted and uploaded again, or moved away by us), unless that is to be read again; where changes are skipped any content, and also any
 * of the item itself.
 */
export function standIns(
  tx: Transaction,
  { onChanged, again }: Pick<OpenItemRules, 'onChanged' | 'again'>,
): Query {
  const skips = onChanged === 'skip';
  return tx`
    select from drive_items former
    join ingestion_log version on version.source_id = former.source_id and version.item_id = former.item_id
    where former.source_id = item.source_id and former.folded_path = item.folded_path
      and case when former.item_id = item.item_id
        then ${skips} and version.state in ('ingested', 'duplicate')
        else (former.deleted_at is not null or former.moved_at is not null)
          and (version.state in ('ingested', 'duplicate') and ((version.version_key = item.version_key and not ${again}) or ${skips})
            or version.state in ('discarded', 'purged') and version.version_key = item.version_key) end`;
}

/** More items than this are joined as a whole. */
const fewItems = 1000;

/**
 * Of tables that have just been filled Postgres has no statistics yet, and takes them for small: it would search the ledger
 * anew for each of many items. For few it must not read the ledger from end to end.
 */
export async function chooseJoins(tx: Transaction, rules: OpenItemRules): Promise<void> {
  await tx`set local jit = off`;
  await useIndexes(tx);
  const [{ count }] = await tx<[{ count: number }]>`
    select count(*) from (${candidates(tx, rules)} limit ${fewItems + 1}) candidate`;
  if (count <= fewItems && !rules.again) return;
  await tx`
    select set_config('enable_nestloop', 'off', true), set_config('enable_hashjoin', 'on', true),
      set_config('enable_mergejoin', 'on', true), set_config('enable_seqscan', 'on', true)`;
}

async function useIndexes(tx: Transaction): Promise<void> {
  await tx`
    select set_config('enable_nestloop', 'on', true), set_config('enable_hashjoin', 'off', true),
      set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)`;
}

/** Other patterns may take names that none did before, and changes may count that did not. */
export async function reopenForNewRules(
  tx: Transaction,
  { sourceId, patterns, onChanged }: OpenItemRules,
): Promise<void> {
  const now = JSON.stringify([onChanged, ...patterns.map(({ regex }) => regex)]);
  const changed = await tx`
    insert into inventories as known (source_id, patterns) values (${sourceId}, ${now})
    on conflict (source_id) do update set patterns = excluded.patterns where known.patterns is distinct from excluded.patterns
    returning source_id`;
  if (changed.count === 0) return;
  await tx`update drive_items set settled = null where source_id = ${sourceId} and settled <> 'ledger'`;
}

/** What is more is left to the next runs: a first run over a very large folder must not keep the next one waiting. */
const settledAtOnce = 50_000;

/** What a listing or another run has in work just now stays open until the next time. */
export async function settleItems(tx: Transaction, rules: OpenItemRules): Promise<void> {
  await tx`
    with open as (
      select item.item_id, ${isEnded(tx)} as is_ended
      from drive_items item
      where ${isOpen(tx, rules)} and (${isEnded(tx)} or not exists (${firstPattern(tx, rules)}))
      order by item.item_id limit ${settledAtOnce}
      for no key update of item skip locked)
    update drive_items item set settled = case when open.is_ended then 'ledger' else 'name' end
    from open where item.source_id = ${rules.sourceId} and item.item_id = open.item_id`;
  await useIndexes(tx);
  // Whoever changes what stands for an item waits until this is committed, and then finds the item settled; or it stays open.
  await tx`
    with open as (
      select item.item_id
      from drive_items item cross join lateral (${standIns(tx, rules)} limit 1 for share skip locked) stands
      where ${isOpen(tx, rules)}
      order by item.item_id limit ${settledAtOnce}
      for no key update of item skip locked)
    update drive_items item set settled = 'left_out'
    from open where item.source_id = ${rules.sourceId} and item.item_id = open.item_id`;
}

/** What we moved away is replaced by what comes under its name, and only loaded again when somebody has put it back in line. */
function isOpen(tx: Transaction, rules: OpenItemRules): Query {
  return tx`item.moved_at is null and item.settled is null and ${isInWindow(tx, rules)}`;
}

/** Also what we moved away: it can be had where it is now. */
function isInWindow(tx: Transaction, { sourceId, paths, from, to }: OpenItemRules): Query {
  return tx`
    item.source_id = ${sourceId} and item.deleted_at is null and ${within(tx, paths)}
    and (${from}::timestamptz is null or item.modified_at >= ${from}::timestamptz)
    and (${to}::timestamptz is null or item.modified_at < ${to}::timestamptz)`;
}
