import type { Sql } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { holdRunOpen } from './hold-run-open.ts';

export interface Refusal {
  readonly reason: string;
  readonly detail: string;
  /** Without anything that stands in the file: it goes into the result of the run. */
  readonly summary: string;
  readonly sha256: string;
  /** Where a copy of the local file is put; see activities/quarantine.ts. */
  readonly place: string;
  /** Puts it there. */
  readonly copy: () => Promise<void>;
}

/**
 * Records that the file was refused whole; its own transaction, since the file's was rolled back. Returns false when the
 * ledger had ended the file before, and then only notes that.
 */
export async function quarantineFile(
  sql: Sql,
  owner: Owner,
  file: { readonly runId: string; readonly position: number; readonly fileId: number },
  refusal: Refusal,
): Promise<boolean> {
  return beginAs(sql, owner, async (tx) => {
    const ended = await tx`
      update ingestion_log set state = 'quarantined', reason = ${refusal.reason}, detail = ${refusal.detail},
        sha256 = ${refusal.sha256}, run_id = ${file.runId}, ended_at = now()
      where file_id = ${file.fileId} and state = 'pending'`;
    if (ended.count === 0) {
      await tx`
        update run_files set state = 'already', error = null
        where run_id = ${file.runId} and position = ${file.position} and state in ('waiting', 'downloaded', 'failed')`;
      return false;
    }
    await holdRunOpen(tx, owner, file.runId);
    await refusal.copy();
    // Who puts the file back in line has it tried once more, alone.
    await tx`
      with closed as (
        update open_files set opened_by = null, takedowns = least(takedowns, 2) where file_id = ${file.fileId})
      update run_files set state = 'quarantined', error = ${`${refusal.reason}: ${refusal.summary}`},
        local_path = ${refusal.place}, attempt_at = ${owner.scheduledAt}
      where run_id = ${file.runId} and position = ${file.position}`;
    return true;
  });
}
