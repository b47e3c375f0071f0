import type { Sql } from '../connection.ts';

/** Of these datasets those of which a file was loaded since; also one whose content was there already. */
export async function arrivedDatasets(sql: Sql, datasets: readonly string[], since: Date): Promise<string[]> {
  const rows = await sql<{ dataset: string }[]>`
    select dataset from unnest(${datasets as string[]}::text[]) as wanted (dataset)
    where exists (
      select from ingestion_log log
      where log.dataset = wanted.dataset and log.state in ('ingested', 'duplicate') and log.ended_at >= ${since})`;
  return rows.map(({ dataset }) => dataset);
}
