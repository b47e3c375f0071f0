import type { Dataset } from '../../domain/dataset.ts';
import { failpoint } from '../../failpoints.ts';
import type { Sql, Transaction } from '../connection.ts';
import { keptBusy } from '../keep-busy.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { together } from '../together.ts';
import { claimFile, isDue, type LedgerRow, staysInDataset } from './claim-file.ts';
import { copyRows } from './copy-rows.ts';
import { dropEqualKeys, dropLines } from './drop-duplicates.ts';
import { holdRunOpen } from './hold-run-open.ts';
import type { AfterIngest } from './ingested-local-files.ts';
import { insertRejects } from './insert-rejects.ts';
import { lockIdentity } from './lock-identity.ts';
import { noteHours, noteHoursOfRows, type TimedRows } from './mark-hours.ts';
import { closeFile, type OpenFile, type Opening, openFile } from './open-file.ts';
import { markMoveDue } from './remote-moves.ts';
import { type FormerVersion, lockFormerVersions, replaceVersions } from './replace-former-version.ts';
import type { RowCounts, RowSource } from './row-source.ts';
import {
  endAsDuplicate,
  findOriginal,
  handOverRows,
  hasOriginal,
  lockContent,
  type Original,
} from './same-content.ts';
import { takeOutRows } from './take-out-rows.ts';

export interface FileToIngest extends OpenFile {
  readonly runId: string;
  readonly position: number;
  readonly sha256: string;
  readonly dataset: Dataset;
  /** This version is loaded, and read again: its rows stay until others take their place. */
  readonly isAgain?: boolean;
  /** Of a version that is read again: however few rows it has now. */
  readonly mayShrink?: boolean;
  /** A file whose content another one has brought into the dataset is left out, or loaded all the same. */
  readonly sameContent: 'skip' | 'load';
  /** IANA zone whose hours the figures are in. */
  readonly reportZone: string;
  readonly rows: RowSource;
  /** What the transaction leaves to be done with the local file; null: nothing. */
  readonly afterIngest: AfterIngest | null;
  /** Its source moves it elsewhere afterwards: the transaction leaves that to be done. */
  readonly movesAfterwards?: boolean;
  /** Called last before the commit; what it throws rolls everything back. */
  readonly verify: () => Promise<void>;
}

/** Thrown when a new version of a file has lost more than half of its rows: most such uploads were cut off. Nothing was changed. */
export class ReplacementShrunk extends Error {
  override readonly name = 'ReplacementShrunk';
  readonly before: number;
  readonly after: number;

  constructor(before: number, after: number) {
    super(
      `The new version has ${after} rows where the version before had ${before}; the rows before were kept.`,
    );
    this.before = before;
    this.after = after;
  }
}

export type IngestedFile =
  | { readonly outcome: 'ingested'; readonly account: RowCounts; readonly replaced: number }
  | { readonly outcome: 'duplicate'; readonly original: Original }
  /** The ledger had ended the file before (another run, or an earlier attempt whose answer was lost), or a newer version is listed. */
  | {
      readonly outcome: 'already';
      readonly byThisRun: boolean;
      readonly rowsLoaded: number;
      readonly rowsRejected: number;
    }
  /** It took workers down, or may have: see openFile. Nothing was read. */
  | Exclude<Opening, { readonly outcome: 'opened' }>;

/**
 * The one transaction in which a file becomes rows: claim, old version out, new rows in, rejects, hours, stale marks,
 * ledger, manifest. Whoever comes second waits for the ledger row and finds the work done.
 */
export async function ingestFile(sql: Sql, owner: Owner, file: FileToIngest): Promise<IngestedFile> {
  const mark = { isSet: false, isGivenUp: false };
  const loading = beginAs(sql, owner, async (tx): Promise<IngestedFile> => {
    await failpoint('before-claim');
    const seeksOriginal = file.sameContent === 'skip';
    const [, ledger, , former, mayBeCopy] = await together([
      lockIdentity(tx, file.fileId),
      claimFile(tx, file.fileId),
      seeksOriginal
        ? lockContent(tx, { ...contentOf(file), isAgain: file.isAgain === true })
        : Promise.resolve(),
      lockFormerVersions(tx, file.fileId),
      seeksOriginal ? hasOriginal(tx, contentOf(file)) : Promise.resolve(false),
    ]);
    await failpoint('after-claim');
    if (!isDue(file, ledger)) return alreadyIngested(tx, file, ledger);

    const opening = await openFile(sql.observer, owner, file);
    if (opening.outcome !== 'opened') return opening;
    mark.isSet = true;
    try {
      return await load(tx, owner, file, {
        ledger,
        former,
        mayBeCopy: mayBeCopy && !staysInDataset(file, ledger),
      });
    } catch (error) {
      // The connection was lost before the file was opened: the caller has long got that error. Otherwise the mark is taken
      // away after the rollback, since this transaction may hold it.
      if (mark.isGivenUp) await closeFile(sql.observer, file);
      throw error;
    }
  });
  try {
    const ingested = await loading;
    await failpoint('after-commit');
    return ingested;
  } catch (error) {
    mark.isGivenUp = true;
    if (mark.isSet) await closeFile(sql.observer, file);
    throw error;
  }
}

interface Claimed {
  readonly ledger: LedgerRow;
  readonly former: readonly FormerVersion[];
  /** Another file may have brought its content. */
  readonly mayBeCopy: boolean;
}

async function load(
  tx: Transaction,
  owner: Owner,
  file: FileToIngest,
  { ledger, former, mayBeCopy }: Claimed,
): Promise<IngestedFile> {
  // The former ones first, so that none of them inherits what is taken out.
  const formerRows = await replaceVersions(tx, former, file.fileId);
  const replacedRows = formerRows + (ledger.state === 'ingested' ? await takeOut(tx, file, ledger) : 0);
  const mayShrink = ledger.shrunk_accepted || file.mayShrink === true;
  // The rows of a former version may have passed to a file with this very content.
  const seeksOriginal = mayBeCopy || (former.length > 0 && file.sameContent === 'skip');
  const original = seeksOriginal ? await findOriginal(tx, contentOf(file)) : null;
  if (original !== null) {
    if (!mayShrink) assertNotShrunk(replacedRows, original.rowsLoaded);
    await endAsDuplicate(tx, owner, { ...file, ...contentOf(file) }, original);
    if (file.movesAfterwards === true) await markMoveDue(tx, file.fileId);
    await failpoint('before-commit');
    return { outcome: 'duplicate', original };
  }
  await copy(tx, owner, file);
  const { account, quarters } = await withoutDuplicates(tx, file);
  if (!mayShrink) assertNotShrunk(replacedRows, account.loaded);
  await file.verify();
  await together([
    quarters === null ? noteHoursOfRows(tx, file) : noteHours(tx, file, quarters),
    holdRunOpen(tx, owner, file.runId),
    endFile(tx, owner, file, account),
    ...(file.movesAfterwards === true ? [markMoveDue(tx, file.fileId)] : []),
  ]);
  await failpoint('before-commit');
  return { outcome: 'ingested', account, replaced: replacedRows };
}

/** Of a file that belongs to another dataset by now, the rows go to one that was left out for its sake. Returns how many it had. */
async function takeOut(tx: Transaction, file: FileToIngest, ledger: LedgerRow): Promise<number> {
  const loaded = { fileId: file.fileId, dataset: ledger.dataset };
  await (staysInDataset(file, ledger) ? takeOutRows(tx, loaded) : handOverRows(tx, loaded));
  return ledger.rows_loaded ?? 0;
}

function assertNotShrunk(before: number, after: number): void {
  if (after < before / 2) throw new ReplacementShrunk(before, after);
}

function contentOf({ fileId, dataset, sha256 }: FileToIngest) {
  return { fileId, dataset: dataset.name, sha256 };
}

/** Of rejected rows, as many are held in memory. */
const rejectsAtOnce = 1000;

async function copy(
  tx: Transaction,
  { signal }: Owner,
  { dataset, fileId, rows }: FileToIngest,
): Promise<void> {
  const toCopy = {
    table: dataset.name,
    columns: rows.columns,
    chunks: rows.chunks,
    isInterrupted: () => rows.pendingRejects() >= rejectsAtOnce,
    interrupt: () => insertRejects(tx, fileId, rows.takeRejects()),
  };
  await copyRows(tx, toCopy, signal);
}

/** Takes out what was copied before it was known for a duplicate. */
async function withoutDuplicates(
  tx: Transaction,
  file: FileToIngest,
): Promise<{
  readonly account: RowCounts;
  /** Null: they are no longer those of the rows that are left. */
  readonly quarters: readonly TimedRows[] | null;
}> {
  const { dataset, fileId, rows } = file;
  const { quarters: counted, superseded, areKeysUnchecked, ...counts } = rows.account();
  await dropLines(tx, dataset, fileId, superseded);
  const equal = areKeysUnchecked ? await dropEqual(tx, file) : { rows: 0, lines: [] };
  const quarters = superseded.length + equal.rows === 0 ? counted : null;
  const loaded = counts.loaded - equal.rows;
  if (dataset.onDuplicate !== 'reject')
    return { account: { ...counts, loaded, duplicate: counts.duplicate + equal.rows }, quarters };
  if (equal.rows > 0) {
    const again = rows.rejectDuplicates(new Set(equal.lines));
    for await (const rejects of keptBusy(tx, again)) await insertRejects(tx, fileId, rejects);
  }
  return { account: { ...counts, loaded, rejected: counts.rejected + equal.rows }, quarters };
}

/** One line more than a file may have rejected is enough for it to be refused whole. */
function dropEqual(tx: Transaction, { dataset, fileId }: FileToIngest) {
  const lines = dataset.onDuplicate === 'reject' ? dataset.maxRejected.rows + 1 : 0;
  return dropEqualKeys(tx, dataset, fileId, lines);
}

async function alreadyIngested(
  tx: Transaction,
  file: FileToIngest,
  ledger: LedgerRow,
): Promise<IngestedFile> {
  const byThisRun = ledger.run_id === file.runId && ledger.state === 'ingested';
  await tx`
    update run_files set state = ${byThisRun ? 'ingested' : 'already'}, error = null,
      after_ingest = ${['ingested', 'duplicate'].includes(ledger.state) ? file.afterIngest : null}
    where run_id = ${file.runId} and position = ${file.position} and state in ('waiting', 'downloaded', 'failed')`;
  return {
    outcome: 'already',
    byThisRun,
    rowsLoaded: ledger.rows_loaded ?? 0,
    rowsRejected: ledger.rows_rejected ?? 0,
  };
}

async function endFile(tx: Transaction, owner: Owner, file: FileToIngest, account: RowCounts): Promise<void> {
  await tx`
    with ended as (
    update ingestion_log set state = 'ingested', dataset = ${file.dataset.name}, reason = null, detail = null, sha256 = ${file.sha256},
      rows_read = ${account.read}, rows_loaded = ${account.loaded}, rows_rejected = ${account.rejected},
      rows_duplicate = ${account.duplicate}, rows_blank = ${account.blank}, run_id = ${file.runId}, ended_at = now()
    where file_id = ${file.fileId}),
    closed as (delete from open_files where file_id = ${file.fileId})
    update run_files set state = 'ingested', error = null, after_ingest = ${file.afterIngest}, attempt_at = ${owner.scheduledAt}
    where run_id = ${file.runId} and position = ${file.position}`;
}
