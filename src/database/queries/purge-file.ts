import type { FileState } from '../../domain/file-state.ts';
import type { Sql, Transaction } from '../connection.ts';
import { FileStateUnfit, FileUnknown, VersionGone } from '../ledger-errors.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { lockIdentity } from './lock-identity.ts';
import { takeOutRows } from './take-out-rows.ts';

export interface Purge {
  /** Who asks for it. */
  readonly by: string;
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** The next run loads the same version again. */
  readonly reload: boolean;
  /** Throws when the local file that was loaded is no longer there. */
  readonly assertThere: (path: string, stamp: string) => Promise<void>;
}

export interface PurgedFile {
  readonly fileId: number;
  readonly name: string;
  readonly path: string;
  readonly dataset: string;
  readonly sourceKind: 'sharepoint' | 'directory';
  readonly rows: number;
  readonly hours: number;
  /** Files that were left out for the sake of these rows: they are back in line. */
  readonly duplicates: readonly number[];
  /** Versions whose place it had taken: they stay replaced. */
  readonly replaced: readonly number[];
}

/**
 * Takes the rows of a loaded version out, and marks it as purged for ever, or as pending. A run that is just ingesting it,
 * or another version of it, is waited for. Throws FileUnknown; FileStateUnfit when nothing of it is loaded; VersionGone and
 * what `assertThere` throws when it could not be loaded again.
 */
export async function purgeFile(sql: Sql, owner: Owner, fileId: number, purge: Purge): Promise<PurgedFile> {
  return beginAs(sql, owner, async (tx) => {
    await lockIdentity(tx, fileId);
    const file = await claimLoaded(tx, fileId);
    if (purge.reload) await assertToBeHad(file, purge);
    if (!purge.dryRun) await purgeClaimed(tx, file, purge);
    return file;
  });
}

interface ClaimedFile extends PurgedFile {
  readonly state: FileState;
  readonly versionKey: string;
  readonly isDeleted: boolean;
  readonly isOvertaken: boolean;
}

async function claimLoaded(tx: Transaction, fileId: number): Promise<ClaimedFile> {
  const [locked] = await tx`select from ingestion_log where file_id = ${fileId} for update`;
  if (locked === undefined) throw new FileUnknown(fileId);
  // In a statement of its own: it must see what those have committed who were waited for.
  const [file] = await tx<[ClaimedFile]>`
    select file_id as "fileId", log.name, log.path, dataset, kind as "sourceKind", state, log.version_key as "versionKey",
      item.deleted_at is not null as "isDeleted", item.version_key <> log.version_key as "isOvertaken",
      case when state = 'ingested' then rows_loaded else 0 end as rows,
      (select count(*) from file_hours where file_id = ${fileId}) as hours,
      to_jsonb(array(
        select file_id from ingestion_log where duplicate_of = ${fileId} and state = 'duplicate' order by 1)) as duplicates,
      to_jsonb(array(
        select file_id from ingestion_log where replaced_by = ${fileId} and state = 'replaced' order by 1)) as replaced
    from ingestion_log log join sources using (source_id) join drive_items item using (source_id, item_id)
    where file_id = ${fileId}`;
  if (file.state !== 'ingested' && file.state !== 'duplicate')
    throw new FileStateUnfit(file, ['ingested', 'duplicate']);
  return file;
}

async function assertToBeHad(file: ClaimedFile, { assertThere }: Purge): Promise<void> {
  if (file.sourceKind === 'directory') await assertThere(file.path, file.versionKey);
  else if (file.isDeleted) throw new VersionGone(file, 'deleted');
  else if (file.isOvertaken) throw new VersionGone(file, 'overtaken');
}

async function purgeClaimed(tx: Transaction, file: ClaimedFile, { by, reload }: Purge): Promise<void> {
  if (file.state === 'ingested') await takeOutRows(tx, file);
  await tx`
    update ingestion_log set state = 'pending', duplicate_of = null
    where duplicate_of = ${file.fileId} and state = 'duplicate'`;
  await tx`
    update ingestion_log set state = ${reload ? 'pending' : 'purged'}, duplicate_of = null, decided_by = ${by},
      decided_at = now()
    where file_id = ${file.fileId}`;
}

/** What this run has brought into the ledger and is still there; files without rows of their own come first. */
export async function readLoadedBy(sql: Sql, runId: string): Promise<number[]> {
  const files = await sql<{ file_id: number }[]>`
    select file_id from run_files join ingestion_log log using (file_id)
    where run_files.run_id = ${runId} and log.run_id = ${runId} and log.state in ('ingested', 'duplicate')
    order by log.state = 'ingested', file_id`;
  return files.map(({ file_id }) => file_id);
}

/** Files without rows of their own come first: those whose duplicates they are would put them back in line. */
export async function inPurgeOrder(sql: Sql, fileIds: readonly number[]): Promise<number[]> {
  const files = await sql<{ file_id: number }[]>`
    select file_id from unnest(${fileIds as number[]}::bigint[]) with ordinality as named (file_id, place)
      left join ingestion_log log using (file_id)
    order by log.state is distinct from 'duplicate', place`;
  return files.map(({ file_id }) => file_id);
}
