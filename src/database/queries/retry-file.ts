import type { Sql } from '../connection.ts';
import { VersionGone } from '../ledger-errors.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { claimQuarantined, type QuarantinedFile } from './claim-quarantined.ts';

export interface Retry {
  /** Who asks for it. */
  readonly by: string;
  /** A version that was held back for having lost rows is to be loaded all the same. */
  readonly acceptShrunk: boolean;
  /** Puts a local file back to where it was listed; returns its stamp there. */
  readonly putBack: (path: string, stamp: string, copy: string | null) => Promise<string>;
}

/**
 * Puts a quarantined file back in line: the next run takes it. Throws FileUnknown, FileStateUnfit, VersionGone and what
 * `putBack` throws, and then the ledger is as it was.
 */
export async function retryFile(
  sql: Sql,
  owner: Owner,
  fileId: number,
  { by, acceptShrunk, putBack }: Retry,
): Promise<QuarantinedFile> {
  return beginAs(sql, owner, async (tx) => {
    const file = await claimQuarantined(tx, fileId);
    let versionKey = file.versionKey;
    if (file.sourceKind === 'directory') versionKey = await putBack(file.path, versionKey, file.copy);
    else if (file.isDeleted) throw new VersionGone(file, 'deleted');
    else if (file.isOvertaken) throw new VersionGone(file, 'overtaken');
    await tx`
      update ingestion_log set state = 'pending', reason = null, detail = null, version_key = ${versionKey},
        shrunk_accepted = ${acceptShrunk && file.reason === 'replacement_shrunk'}, decided_by = ${by}, decided_at = now()
      where file_id = ${fileId}`;
    return file;
  });
}
