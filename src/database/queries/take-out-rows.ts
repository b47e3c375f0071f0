import type { Transaction } from '../connection.ts';

/** Of a version in the ledger. */
export interface LoadedFile {
  readonly fileId: number;
  readonly dataset: string;
}

/** Its rows and rejects go, and the hours that they were in are stale. The caller says in the ledger what has become of it. */
export async function takeOutRows(tx: Transaction, { fileId, dataset }: LoadedFile): Promise<void> {
  await tx`delete from ${tx(`datasets.${dataset}`)} where _file_id = ${fileId}`;
  await tx`
    insert into stale_hours (dataset, hour, file_id)
    select dataset, hour, file_id from file_hours where file_id = ${fileId}`;
  await tx`delete from file_hours where file_id = ${fileId}`;
  await tx`delete from rejects where file_id = ${fileId}`;
}
