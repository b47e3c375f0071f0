import type { Transaction } from '../connection.ts';

/** Until the transaction ends, nobody else aggregates this dataset, or fixes the time of a report that shows it. */
export async function lockDataset(tx: Transaction, dataset: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtext('aggregate'), hashtext(${dataset}))`;
}
