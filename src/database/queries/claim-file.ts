import type { Dataset } from '../../domain/dataset.ts';
import type { Transaction } from '../connection.ts';

/** Of a version, as it is once nobody else can change it. */
export interface LedgerRow {
  readonly state: string;
  readonly dataset: string;
  readonly run_id: string;
  /** It is the version that was listed last, not one that a newer one has overtaken. */
  readonly is_listed: boolean;
  readonly rows_loaded: number | null;
  readonly rows_rejected: number | null;
  readonly shrunk_accepted: boolean;
}

/** Waits for whoever else works on the version. */
export async function claimFile(tx: Transaction, fileId: number): Promise<LedgerRow> {
  const [ledger] = await tx<[LedgerRow]>`
    select state, dataset, run_id, rows_loaded, rows_rejected, shrunk_accepted, item.version_key = log.version_key as is_listed
    from ingestion_log log join drive_items item using (source_id, item_id)
    where file_id = ${fileId} for update of log`;
  return ledger;
}

interface Claimant {
  readonly runId: string;
  readonly dataset: Dataset;
  readonly isAgain?: boolean;
}

/** Whether it is to be read. Who has read it again has left its run's id: an attempt that comes later finds it done. */
export function isDue({ isAgain, runId }: Claimant, { state, is_listed, run_id }: LedgerRow): boolean {
  return is_listed && (state === 'pending' || (isAgain === true && state === 'ingested' && run_id !== runId));
}

/** Whether its rows are in the dataset that it is read for. */
export function staysInDataset({ dataset }: Claimant, ledger: LedgerRow): boolean {
  return ledger.state === 'ingested' && ledger.dataset === dataset.name;
}
