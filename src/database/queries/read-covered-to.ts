import type { Sql } from '../connection.ts';

/**
 * The end of the window of the job's last run before this nominal time that went through; null: there is none. A backfill, which starts more than
 * `catchupMinutes` late, has looked at its own slot alone, and may have left a gap before it.
 */
export async function readCoveredTo(
  sql: Sql,
  {
    job,
    nominalTime,
    catchupMinutes,
  }: { readonly job: string; readonly nominalTime: string; readonly catchupMinutes: number },
): Promise<string | null> {
  const [run] = await sql<{ window_to: Date }[]>`
    select window_to from run_history
    where job = ${job} and nominal_time < ${nominalTime} and status in ('succeeded', 'partial') and window_to is not null
      and start_ts <= nominal_time + make_interval(mins => ${catchupMinutes})
    order by nominal_time desc limit 1`;
  return run?.window_to.toISOString() ?? null;
}
