import type { Sql } from '../connection.ts';
import type { Downloaded } from './record-attempt.ts';

/**
 * What runs have downloaded of this version of a file to `path`, the latest first; whether it still lies there its stamp tells.
 * Only of a version with a hash, which the bytes were verified by.
 */
export async function readEarlierDownloads(
  sql: Sql,
  { fileId, path }: { readonly fileId: number; readonly path: string },
): Promise<Downloaded[]> {
  return sql<Downloaded[]>`
    select local_path as "localPath", local_stamp as "localStamp", file.sha256
    from run_files file join ingestion_log log using (file_id)
    where file_id = ${fileId} and content_hash is not null
      and local_path = ${path} and local_stamp is not null and file.sha256 is not null
    order by downloaded_at desc limit 5`;
}
