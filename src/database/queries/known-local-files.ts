import type { Sql } from '../connection.ts';

/** Of these local files, the ones that no run has put there itself. */
export async function withoutDownloaded<File extends { readonly path: string; readonly stamp: string }>(
  sql: Sql,
  files: readonly File[],
): Promise<File[]> {
  const known = await sql<{ path: string; stamp: string }[]>`
    select distinct local_path as path, local_stamp as stamp
    from run_files join ingestion_log using (file_id) join sources using (source_id)
    where kind <> 'directory' and local_path = any(${files.map((file) => file.path)}::text[])`;
  const keys = new Set(known.map((file) => `${file.path}\n${file.stamp}`));
  return files.filter((file) => !keys.has(`${file.path}\n${file.stamp}`));
}
