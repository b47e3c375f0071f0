import type { Sql } from '../connection.ts';

/** What sync runs have done since the first one, and how many versions of files are in which state now. */
export interface WorkCounts {
  readonly runs: number;
  readonly durationMs: number;
  readonly downloaded: number;
  readonly failed: number;
  readonly files: Readonly<Record<string, number>>;
}

export async function countWork(sql: Sql): Promise<WorkCounts> {
  const [counts] = await sql<[Omit<WorkCounts, 'files'>]>`
    select count(end_ts) as runs, coalesce(sum(extract(epoch from end_ts - start_ts) * 1000), 0)::bigint as "durationMs",
      coalesce(sum(downloaded), 0)::bigint as downloaded, coalesce(sum(failed), 0)::bigint as failed
    from run_history`;
  const states = await sql<{ state: string; files: number }[]>`
    select state, count(*) as files from ingestion_log group by state order by state`;
  return { ...counts, files: Object.fromEntries(states.map(({ state, files }) => [state, files])) };
}
