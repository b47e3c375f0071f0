import type { Sql } from '../connection.ts';

/** Committed before a file is asked for, so that an attempt that takes the worker down counts too. */
export async function startAttempt(sql: Sql, runId: string, position: number): Promise<void> {
  await sql`update run_files set attempts = attempts + 1 where run_id = ${runId} and position = ${position}`;
}

/** An attempt that the source refused for everyone alike (throttling) is not the file's fault. */
export async function forgetAttempt(sql: Sql, runId: string, position: number): Promise<void> {
  await sql`update run_files set attempts = greatest(attempts - 1, 0) where run_id = ${runId} and position = ${position}`;
}

export interface Downloaded {
  readonly localPath: string;
  readonly localStamp: string;
  readonly sha256: string;
}

export async function recordDownload(
  sql: Sql,
  runId: string,
  position: number,
  file: Downloaded,
): Promise<void> {
  await sql`
    update run_files set state = 'downloaded', downloaded_at = coalesce(downloaded_at, now()), error = null,
      local_path = ${file.localPath}, local_stamp = ${file.localStamp}, sha256 = ${file.sha256}
    where run_id = ${runId} and position = ${position} and state in ('waiting', 'failed', 'downloaded')`;
}

/** The file may be tried again while it has attempts left, unless `mayRetry` says that the cause cannot pass. */
export async function recordFailure(
  sql: Sql,
  file: { readonly runId: string; readonly position: number },
  error: string,
  mayRetry: boolean,
): Promise<void> {
  const { runId, position } = file;
  await sql`
    update run_files set state = 'failed', error = ${error}, may_retry = ${mayRetry}
    where run_id = ${runId} and position = ${position} and state in ('waiting', 'downloaded', 'failed')`;
}
