import type { Transaction } from '../connection.ts';

/** Adds, in the transaction that takes the marks away: a repeated attempt finds no stale hours, and must not lose the first one's count. */
export async function recordAggregation(tx: Transaction, runId: string, rows: number): Promise<void> {
  await tx`update run_history set rows_aggregated = rows_aggregated + ${rows} where run_id = ${runId}`;
}
