import type { Sql } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import type { ChunkStarts } from './write-manifest.ts';

export interface RetryRules {
  readonly runId: string;
  /** Of one file. */
  readonly maxAttempts: number;
  readonly chunkStarts: ChunkStarts;
}

/**
 * Puts the files that failed, were not ready, or were not brought to an end into new chunks after the last one; returns the number
 * of the first. A file that has used up its attempts stays where it is. An attempt whose successor has made a plan makes
 * none: somebody works by that one.
 */
export async function planRetries(
  sql: Sql,
  owner: Owner,
  { runId, maxAttempts, chunkStarts }: RetryRules,
): Promise<number> {
  return beginAs(sql, owner, async (tx) => {
    const [run] = await tx<{ superseded: boolean }[]>`
      select attempt_at > ${owner.scheduledAt} as superseded from run_history where run_id = ${runId} for update`;
    const [last] = await tx<[{ next: number }]>`
      select coalesce(max(chunk), -1) + 1 as next from run_files where run_id = ${runId}`;
    if (run?.superseded !== false) return last.next;
    await tx`update run_history set attempt_at = ${owner.scheduledAt} where run_id = ${runId}`;
    const files = await tx<{ position: number; size_bytes: number }[]>`
      select position, size_bytes from run_files file join ingestion_log using (file_id)
      where file.run_id = ${runId} and file.state in ('waiting', 'downloaded', 'failed', 'unready') and file.may_retry and file.attempts < ${maxAttempts}
      order by position`;
    const starts = chunkStarts(files.map((file) => file.size_bytes));
    if (starts.length > 0) {
      await tx`
        update run_files set chunk = ${last.next} - 1 + width_bucket(turn, ${starts}::integer[])
        from (select position, row_number() over (order by position) - 1 as turn
              from unnest(${files.map((file) => file.position)}::integer[]) as retried (position)) retried
        where run_files.run_id = ${runId} and run_files.position = retried.position`;
    }
    return last.next;
  });
}
