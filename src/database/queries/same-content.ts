import type { Transaction } from '../connection.ts';
import type { Owner } from '../owner.ts';
import { holdRunOpen } from './hold-run-open.ts';
import type { AfterIngest } from './ingested-local-files.ts';
import { type LoadedFile, takeOutRows } from './take-out-rows.ts';

interface Content {
  readonly fileId: number;
  readonly dataset: string;
  readonly sha256: string;
}

/** A version whose rows stand for those of every file with the same content. */
export interface Original {
  readonly fileId: number;
  readonly name: string;
  readonly rowsLoaded: number;
}

/**
 * Two files of one content are decided about one after the other. To be taken once the file's own ledger row is locked, and before any
 * row of another file is; a file that is done with waits for nobody.
 */
export async function lockContent(
  tx: Transaction,
  { fileId, dataset, sha256, isAgain = false }: Content & { readonly isAgain?: boolean },
): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(hashtext('content'), hashtext(${`${dataset} ${sha256}`}))
    from ingestion_log where file_id = ${fileId} and (state = 'pending' or ${isAgain})`;
}

/** Whether there may be one for findOriginal to find; locks nothing. */
export async function hasOriginal(tx: Transaction, content: Content): Promise<boolean> {
  return (await firstWithContent(tx, content)).length > 0;
}

/**
 * The version that has brought the same content into the dataset, from whatever source; null: none has. Its ledger row is
 * locked, so that its rows cannot go away while they are counted on. A content without rows stands for nothing: headers
 * alone are alike everywhere.
 */
export async function findOriginal(tx: Transaction, content: Content): Promise<Original | null> {
  for (;;) {
    const [seen] = await firstWithContent(tx, content);
    if (seen === undefined) return null;
    const [original] = await tx<Original[]>`
      select file_id as "fileId", name, rows_loaded as "rowsLoaded" from ingestion_log
      where file_id = ${seen.file_id} and state = 'ingested' for share`;
    // Undefined: it was just replaced, and its rows may have passed to another file, which only a new statement sees.
    if (original !== undefined) return original;
  }
}

function firstWithContent(tx: Transaction, { fileId, dataset, sha256 }: Content) {
  return tx<{ file_id: number }[]>`
    select file_id from ingestion_log
    where dataset = ${dataset} and sha256 = ${sha256} and state = 'ingested' and rows_loaded > 0 and file_id <> ${fileId}
    order by file_id limit 1`;
}

/** Ends the file without rows of its own. */
export async function endAsDuplicate(
  tx: Transaction,
  owner: Owner,
  file: Content & {
    readonly runId: string;
    readonly position: number;
    readonly afterIngest: AfterIngest | null;
  },
  original: Original,
): Promise<void> {
  await holdRunOpen(tx, owner, file.runId);
  await tx`
    update ingestion_log set state = 'duplicate', dataset = ${file.dataset}, duplicate_of = ${original.fileId}, reason = null, detail = null,
      sha256 = ${file.sha256}, rows_read = null, rows_loaded = null, rows_rejected = null, rows_duplicate = null,
      rows_blank = null, run_id = ${file.runId}, ended_at = now()
    where file_id = ${file.fileId}`;
  await tx`
    with closed as (delete from open_files where file_id = ${file.fileId})
    update run_files set state = 'duplicate', error = null, after_ingest = ${file.afterIngest},
      attempt_at = ${owner.scheduledAt}
    where run_id = ${file.runId} and position = ${file.position}`;
}

/**
 * The rows of a version that is about to be replaced go to a file that was left out for their sake, as if that had been
 * loaded in the first place; without one they are taken out. The file could not always be loaded later: it may be gone at
 * its source, or be one that somebody named once.
 */
export async function handOverRows(tx: Transaction, former: LoadedFile): Promise<void> {
  const [heir] = await tx<{ file_id: number }[]>`
    select file_id from ingestion_log where duplicate_of = ${former.fileId} and state = 'duplicate'
    order by file_id limit 1 for update`;
  if (heir === undefined) {
    await takeOutRows(tx, former);
    return;
  }
  const { fileId, dataset } = former;
  await tx`update ${tx(`datasets.${dataset}`)} set _file_id = ${heir.file_id} where _file_id = ${fileId}`;
  await tx`update rejects set file_id = ${heir.file_id} where file_id = ${fileId}`;
  await tx`update file_hours set file_id = ${heir.file_id} where file_id = ${fileId}`;
  // The figures name the files that they come from.
  await tx`
    insert into stale_hours (dataset, hour, file_id)
    select dataset, hour, file_id from file_hours where file_id = ${heir.file_id}`;
  await tx`
    update ingestion_log heir set state = 'ingested', duplicate_of = null, rows_read = former.rows_read,
      rows_loaded = former.rows_loaded, rows_rejected = former.rows_rejected, rows_duplicate = former.rows_duplicate,
      rows_blank = former.rows_blank, ended_at = now()
    from ingestion_log former where heir.file_id = ${heir.file_id} and former.file_id = ${fileId}`;
  await tx`
    update ingestion_log set duplicate_of = ${heir.file_id} where duplicate_of = ${fileId} and state = 'duplicate'`;
}
