import type { FileState } from '../../domain/file-state.ts';
import type { Transaction } from '../connection.ts';
import { FileStateUnfit, FileUnknown } from '../ledger-errors.ts';

export interface QuarantinedFile {
  readonly fileId: number;
  readonly name: string;
  readonly path: string;
  readonly reason: string;
  readonly sourceKind: 'sharepoint' | 'directory';
  readonly versionKey: string;
  /** On the machine whose worker refused it; null: the record of that run is gone. */
  readonly copy: string | null;
  readonly isDeleted: boolean;
  /** A newer version is listed. */
  readonly isOvertaken: boolean;
}

/** Until the transaction ends nobody else decides about the file. Throws FileUnknown, and FileStateUnfit unless it is quarantined. */
export async function claimQuarantined(tx: Transaction, fileId: number): Promise<QuarantinedFile> {
  const [file] = await tx<(QuarantinedFile & { state: FileState })[]>`
    select log.file_id as "fileId", log.name, log.path, log.state, log.reason, kind as "sourceKind",
      log.version_key as "versionKey", place.local_path as copy, item.deleted_at is not null as "isDeleted",
      item.version_key <> log.version_key as "isOvertaken"
    from ingestion_log log join sources using (source_id) join drive_items item using (source_id, item_id)
    left join run_files place on place.run_id = log.run_id and place.file_id = log.file_id and place.state = 'quarantined'
    where log.file_id = ${fileId} for update of log`;
  if (file === undefined) throw new FileUnknown(fileId);
  if (file.state !== 'quarantined') throw new FileStateUnfit(file, ['quarantined']);
  return file;
}
