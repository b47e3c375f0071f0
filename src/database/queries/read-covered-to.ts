import type { Sql } from '../connection.ts';

/** The end of the window of the job's last run before this nominal time that went through; null: there is none. */
export async function readCoveredTo(sql: Sql, job: string, nominalTime: string): Promise<string | null> {
  const [run] = await sql<{ window_to: Date }[]>`
    select window_to from run_history
    where job = ${job} and nominal_time < ${nominalTime} and status in ('succeeded', 'partial') and window_to is not null
    order by nominal_time desc limit 1`;
  return run?.window_to.toISOString() ?? null;
}
