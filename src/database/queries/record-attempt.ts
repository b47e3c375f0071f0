import type { Sql } from '../connection.ts';
import type { Owner } from '../owner.ts';

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

/** Changes nothing when a later attempt has written the file's entry, or when the file is done with. */
export async function recordDownload(
  sql: Sql,
  { scheduledAt }: Pick<Owner, 'scheduledAt'>,
  { runId, position }: ManifestFile,
  file: Downloaded,
): Promise<void> {
  await sql`
    update run_files set state = 'downloaded', downloaded_at = coalesce(downloaded_at, now()), error = null,
      local_path = ${file.localPath}, local_stamp = ${file.localStamp}, sha256 = ${file.sha256}, attempt_at = ${scheduledAt}
    where run_id = ${runId} and position = ${position} and state in ('waiting', 'failed', 'downloaded')
      and attempt_at <= ${scheduledAt}`;
}

export interface FileFailure {
  readonly error: string;
  /** False: the cause cannot pass within this run. */
  readonly mayRetry: boolean;
}

/** Charges the file with an attempt; it may be tried again while it has some left. Changes nothing where recordDownload would not. */
export async function recordFailure(
  sql: Sql,
  { scheduledAt }: Pick<Owner, 'scheduledAt'>,
  { runId, position }: ManifestFile,
  { error, mayRetry }: FileFailure,
): Promise<void> {
  await sql`
    update run_files set state = 'failed', error = ${error}, may_retry = ${mayRetry}, attempts = attempts + 1,
      attempt_at = ${scheduledAt}
    where run_id = ${runId} and position = ${position} and state in ('waiting', 'failed', 'downloaded')
      and attempt_at <= ${scheduledAt}`;
}

/** A later attempt has written the file's entry: what this one still does would undo it. */
export async function isSuperseded(
  sql: Sql,
  { scheduledAt }: Pick<Owner, 'scheduledAt'>,
  { runId, position }: ManifestFile,
): Promise<boolean> {
  const later = await sql`
    select from run_files where run_id = ${runId} and position = ${position} and attempt_at > ${scheduledAt}`;
  return later.length > 0;
}
