import type { Sql } from '../connection.ts';
import { transaction } from '../transaction.ts';
import type { ChunkStarts } from './write-manifest.ts';

/**
 * Puts the files that failed, and those that were never tried, into new chunks after the last one; returns the number
 * of the first. A file that has used up its attempts stays where it is.
 */
export async function planRetries(
  sql: Sql,
  runId: string,
  maxAttempts: number,
  chunkStarts: ChunkStarts,
): Promise<number> {
  return transaction(sql, async (tx) => {
    await tx`select from run_history where run_id = ${runId} for update`;
    const [last] = await tx<[{ next: number }]>`
      select coalesce(max(chunk), -1) + 1 as next from run_files where run_id = ${runId}`;
    const files = await tx<{ position: number; size_bytes: number }[]>`
      select position, size_bytes from run_files file join ingestion_log using (file_id)
      where file.run_id = ${runId} and file.state in ('waiting', 'failed') and file.may_retry and file.attempts < ${maxAttempts}
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
