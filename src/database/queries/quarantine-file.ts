import type { Sql } from '../connection.ts';
import { transaction } from '../transaction.ts';

export interface Refusal {
  readonly reason: string;
  readonly detail: string;
  readonly sha256: string;
  /** Where the local copy will be; see activities/ingest-files.ts. */
  readonly localPath: string;
}

/**
 * Records that the file was refused whole; its own transaction, since the file's was rolled back. Returns false when
 * the ledger had ended the file before, and then changes nothing.
 */
export async function quarantineFile(
  sql: Sql,
  file: { readonly runId: string; readonly position: number; readonly fileId: number },
  refusal: Refusal,
): Promise<boolean> {
  return transaction(sql, async (tx) => {
    const ended = await tx`
      update ingestion_log set state = 'quarantined', reason = ${refusal.reason}, detail = ${refusal.detail},
        sha256 = ${refusal.sha256}, run_id = ${file.runId}, ended_at = now()
      where file_id = ${file.fileId} and state = 'pending'`;
    if (ended.count === 0) return false;
    await tx`
      update run_files set state = 'quarantined', error = ${`${refusal.reason}: ${refusal.detail}`}, local_path = ${refusal.localPath}
      where run_id = ${file.runId} and position = ${file.position}`;
    return true;
  });
}
