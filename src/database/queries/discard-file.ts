import type { Sql } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { claimQuarantined, type QuarantinedFile } from './claim-quarantined.ts';

/** Gives a quarantined file up: no run tries this version again. Throws FileUnknown and FileStateUnfit. */
export async function discardFile(
  sql: Sql,
  owner: Owner,
  fileId: number,
  by: string,
): Promise<QuarantinedFile> {
  return beginAs(sql, owner, async (tx) => {
    const file = await claimQuarantined(tx, fileId);
    await tx`
      update ingestion_log set state = 'discarded', decided_by = ${by}, decided_at = now() where file_id = ${fileId}`;
    await tx`delete from open_files where file_id = ${fileId}`;
    return file;
  });
}
