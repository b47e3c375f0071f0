import type { Sql } from '../connection.ts';

interface LocalFile {
  readonly path: string;
  /** As localStamp gives it; the version of a local file. */
  readonly stamp: string;
}

/** Of these local files, the ones that no run has put there itself. */
export async function withoutDownloaded<File extends LocalFile>(
  sql: Sql,
  files: readonly File[],
): Promise<File[]> {
  const known = await sql<LocalFile[]>`
    select path, stamp from downloads where path = any(${files.map((file) => file.path)}::text[])`;
  const keys = new Set(known.map(keyOf));
  return files.filter((file) => !keys.has(keyOf(file)));
}

/** Of these local files, the ones whose version the ledger has not ended. */
export async function withoutEnded<File extends LocalFile & { readonly itemId: string }>(
  sql: Sql,
  files: readonly File[],
): Promise<File[]> {
  const ended = await sql<LocalFile[]>`
    select file.path, file.stamp
    from unnest(${files.map((file) => file.path)}::text[], ${files.map((file) => file.itemId)}::text[],
                ${files.map((file) => file.stamp)}::text[]) as file (path, item_id, stamp)
    join sources on kind = 'directory'
    join ingestion_log log on log.source_id = sources.source_id and log.item_id = file.item_id and log.version_key = file.stamp
    where log.state in ('ingested', 'duplicate', 'quarantined', 'discarded', 'purged')`;
  const keys = new Set(ended.map(keyOf));
  return files.filter((file) => !keys.has(keyOf(file)));
}

function keyOf({ path, stamp }: LocalFile): string {
  return `${path}\n${stamp}`;
}
