import type { Sql } from '../connection.ts';

/** The files of the run's manifest that SharePoint gives no hash of, by number and the name of the first. An empty one has none. */
export async function filesWithoutHash(
  sql: Sql,
  runId: string,
): Promise<{ readonly count: number; readonly first: string | null }> {
  const [files] = await sql<[{ count: number; first: string | null }]>`
    select count(*)::int as count, (array_agg(name order by position))[1] as first
    from run_files file join ingestion_log log using (file_id) join sources using (source_id)
    where file.run_id = ${runId} and kind = 'sharepoint' and content_hash is null and size_bytes > 0`;
  return files;
}
