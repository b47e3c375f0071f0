import type { PendingReason } from '../../domain/pending-reasons.ts';
import type { Sql } from '../connection.ts';
import type { Owner } from '../owner.ts';
import { closedSince } from './hold-run-open.ts';

/** A file of a run's manifest. */
export interface ManifestFile {
  readonly runId: string;
  readonly position: number;
}

export interface Downloaded {
  readonly localPath: string;
  readonly localStamp: string;
  readonly sha256: string;
}

/**
 * Before the file is put into its place: from then on it is known for ours, and not taken for one that somebody has dropped
 * there. False: a later attempt has written the file's entry, or the run was closed; what this one still does would undo it.
 */
export async function announceDownload(
  sql: Sql,
  owner: Pick<Owner, 'scheduledAt'>,
  file: ManifestFile,
  { localPath, localStamp }: Downloaded,
): Promise<boolean> {
  const announced = await sql`
    with announced as (
      update run_files file set local_path = ${localPath}, local_stamp = ${localStamp}, attempt_at = ${owner.scheduledAt}
      where ${mayWrite(sql, owner, file)}
      returning local_path, local_stamp
    ), known as (
      insert into downloads (path, stamp) select local_path, local_stamp from announced on conflict do nothing
    )
    select from announced`;
  return announced.count > 0;
}

/** Changes nothing when a later attempt has written the file's entry, or when the file or its run is done with. */
export async function recordDownload(
  sql: Sql,
  owner: Pick<Owner, 'scheduledAt'>,
  file: ManifestFile,
  { localPath, localStamp, sha256 }: Downloaded,
): Promise<void> {
  await sql`
    update run_files file set state = 'downloaded', downloaded_at = coalesce(downloaded_at, now()), error = null,
      local_path = ${localPath}, local_stamp = ${localStamp}, sha256 = ${sha256}, attempt_at = ${owner.scheduledAt}
    where ${mayWrite(sql, owner, file)}`;
}

export interface FileFailure {
  readonly error: string;
  /** False: the cause cannot pass within this run. */
  readonly mayRetry: boolean;
}

/**
 * Charges the file with an attempt; it may be tried again while it has some left. Changes nothing where recordDownload would not.
 * False: another run has ended the file meanwhile, and may have taken it away; it has not failed.
 */
export async function recordFailure(
  sql: Sql,
  owner: Pick<Owner, 'scheduledAt'>,
  file: ManifestFile,
  { error, mayRetry }: FileFailure,
): Promise<boolean> {
  const ended = await sql`
    update run_files file set state = 'already', error = null, attempt_at = ${owner.scheduledAt}
    from ingestion_log log
    where log.file_id = file.file_id and not ${isDue(sql)} and ${mayWrite(sql, owner, file)}`;
  if (ended.count > 0) return false;
  await sql`
    update run_files file set state = 'failed', error = ${error}, may_retry = ${mayRetry}, attempts = attempts + 1,
      attempt_at = ${owner.scheduledAt}
    where ${mayWrite(sql, owner, file)}`;
  return true;
}

export interface Unreadiness {
  readonly reason: PendingReason;
  readonly detail: string;
  /** False: nothing will be different within this run. */
  readonly mayRetry: boolean;
}

/**
 * The file is not to be had yet: it stays pending, with the reason, and is charged nothing. Changes nothing where recordDownload
 * would not; a file that another run has ended is not that either. The ledger's row is left alone while another run has it
 * locked, since that is loading it.
 */
export async function recordUnready(
  sql: Sql,
  owner: Pick<Owner, 'scheduledAt'>,
  file: ManifestFile,
  { reason, detail, mayRetry }: Unreadiness,
): Promise<void> {
  await sql`
    with noted as (
      update run_files file set state = case when ${isDue(sql)} then 'unready' else 'already' end,
        error = case when ${isDue(sql)} then ${detail} end, may_retry = ${mayRetry}, attempt_at = ${owner.scheduledAt}
      from ingestion_log log
      where log.file_id = file.file_id and ${mayWrite(sql, owner, file)}
      returning file.file_id
    ), free as (
      select log.file_id from ingestion_log log
      where log.file_id in (select file_id from noted) and log.state = 'pending' for update skip locked
    )
    update ingestion_log log set reason = ${reason}, detail = ${detail} from free where log.file_id = free.file_id`;
}

/** Of `run_files file` and its `ingestion_log log`: nobody else has ended it. A version that is read again is loaded until it has been. */
function isDue(sql: Sql) {
  return sql`(log.state = 'pending' or (file.again_as is not null and log.state = 'ingested' and log.run_id <> file.run_id))`;
}

/** Of `run_files file`: no later attempt has written it, and neither the file nor the run is done with. */
function mayWrite(sql: Sql, owner: Pick<Owner, 'scheduledAt'>, { runId, position }: ManifestFile) {
  return sql`file.run_id = ${runId} and file.position = ${position} and file.attempt_at <= ${owner.scheduledAt}
    and file.state in ('waiting', 'failed', 'downloaded', 'unready')
    and not exists (select from run_history run where run.run_id = ${runId} and ${closedSince(sql, owner)})`;
}
