import type { Sql } from '../connection.ts';

interface LocalFile {
  readonly path: string;
  /** As localStamp gives it; the version of a local file. */
  readonly stamp: string;
}

/**
 * Of these local files, the ones that no run has put there itself. Workers of the version before know nothing of
 * `downloads`; what they fetch beside newer ones stands in their manifests alone. These have no index for it and are read
 * from end to end, once a call: fast enough for the few files that nothing else is known of.
 */
export async function withoutDownloaded<File extends LocalFile>(
  sql: Sql,
  files: readonly File[],
): Promise<File[]> {
  const known = await sql<LocalFile[]>`
    select path, stamp from downloads where path = any(${files.map((file) => file.path)}::text[])`;
  const rest = without(files, known);
  if (rest.length === 0) return rest;
  const fetched = await sql<LocalFile[]>`
    select file.path, file.stamp
    from unnest(${rest.map((file) => file.path)}::text[], ${rest.map((file) => file.stamp)}::text[]) as file (path, stamp)
    join run_files on local_path = file.path and local_stamp = file.stamp
    join ingestion_log using (file_id) join sources using (source_id)
    where kind <> 'directory'`;
  return without(rest, fetched);
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
  return without(files, ended);
}

function without<File extends LocalFile>(files: readonly File[], known: readonly LocalFile[]): File[] {
  const keys = new Set(known.map(keyOf));
  return files.filter((file) => !keys.has(keyOf(file)));
}

function keyOf({ path, stamp }: LocalFile): string {
  return `${path}\n${stamp}`;
}
