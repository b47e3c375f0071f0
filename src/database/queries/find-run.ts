import type { Sql } from '../connection.ts';
import { RunUnknown } from '../ledger-errors.ts';

/** The run's id, given that or its workflow's; of several runs of one workflow the last one's. Throws RunUnknown. */
export async function findRun(sql: Sql, run: string): Promise<string> {
  const [found] = await sql<{ run_id: string }[]>`
    select run_id from run_history where run_id = ${run} or workflow_id = ${run}
    order by start_ts desc limit 1`;
  if (found === undefined) throw new RunUnknown(run);
  return found.run_id;
}
