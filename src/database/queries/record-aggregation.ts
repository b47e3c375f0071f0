import type { Sql } from '../connection.ts';

/** Adds: a repeated attempt finds no stale hours, and must not put its zero in place of the first one's count. */
export async function recordAggregation(sql: Sql, runId: string, rows: number): Promise<void> {
  await sql`update run_history set rows_aggregated = rows_aggregated + ${rows} where run_id = ${runId}`;
}
