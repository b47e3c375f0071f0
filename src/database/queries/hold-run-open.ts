import type { PendingQuery, Row } from 'postgres';

import type { Sql, Transaction } from '../connection.ts';
import { RunClosed } from '../errors.ts';
import type { Owner } from '../owner.ts';

/**
 * Keeps the run's record from being closed until the transaction has ended, so that it counts what is committed. Throws
 * RunClosed when it was closed after this attempt was scheduled: an attempt that was stopped, and wakes when its run has been
 * ended, would make the record untrue.
 */
export async function holdRunOpen(tx: Transaction, owner: Owner, runId: string): Promise<void> {
  const [run] = await tx<{ closed: boolean }[]>`
    select ${closedSince(tx, owner)} as closed from run_history run where run_id = ${runId} for share`;
  if (run?.closed === true) throw new RunClosed(runId);
}

/** Of `run_history run`. A run that was reset goes on under its record: its attempts were scheduled after that was closed. */
export function closedSince(
  sql: Sql | Transaction,
  { scheduledAt }: Pick<Owner, 'scheduledAt'>,
): PendingQuery<Row[]> {
  return sql`(run.status <> 'running' and run.attempt_at > ${scheduledAt})`;
}
