import type { Sql } from '../connection.ts';

export type AfterIngest = 'archive' | 'delete';

/** A local file that is ingested, or a duplicate of one that is, and that has not been taken away yet. */
export interface IngestedLocalFile {
  readonly fileId: number;
  readonly name: string;
  readonly path: string;
  /** Of the file that was ingested. */
  readonly stamp: string;
  readonly afterIngest: AfterIngest;
  /** Where it comes from: a download lies on one host alone, which need not be the one that asks. */
  readonly sourceKind: 'sharepoint' | 'directory';
  /** `YYYY-MM-DD` on which it was ingested: the same for each attempt to take it away. */
  readonly day: string;
}

/** Those of one chunk of a run. */
export async function readIngestedOfChunk(
  sql: Sql,
  zone: string,
  { runId, chunk }: { readonly runId: string; readonly chunk: number },
): Promise<IngestedLocalFile[]> {
  return sql<IngestedLocalFile[]>`
    ${select(sql, zone)} and file.run_id = ${runId} and file.chunk = ${chunk} order by position`;
}

/** Those that runs which are over have left. */
export async function readIngestedOfEndedRuns(sql: Sql, zone: string): Promise<IngestedLocalFile[]> {
  return sql<IngestedLocalFile[]>`
    ${select(sql, zone)} and exists (
      select from run_history run where run.run_id = file.run_id and run.status <> 'running')`;
}

/** Not those that somebody has put back in line since, or that a run which is under way reads again: they are read once more. */
function select(sql: Sql, zone: string) {
  return sql`
    select file_id as "fileId", log.name, local_path as path, local_stamp as stamp, after_ingest as "afterIngest",
      kind as "sourceKind", to_char(log.ended_at at time zone ${zone}, 'YYYY-MM-DD') as day
    from run_files file join ingestion_log log using (file_id) join sources using (source_id)
    where file.after_ingest is not null and local_path is not null and local_stamp is not null and log.state <> 'pending'
      and not exists (
        select from run_files again join run_history run using (run_id)
        where again.file_id = file.file_id and again.run_id <> file.run_id and again.again_as is not null
          and again.state in ('waiting', 'downloaded', 'failed', 'unready') and run.status = 'running')`;
}

/**
 * Nothing more is to be done with it, by whatever run. `taken`: it was taken away; a local file is then no longer where it
 * came from.
 */
export async function recordTaken(
  sql: Sql,
  { fileId, path, stamp }: Pick<IngestedLocalFile, 'fileId' | 'path' | 'stamp'>,
  taken: boolean,
): Promise<void> {
  await sql`
    with done as (
      update run_files set after_ingest = null
      where after_ingest is not null and file_id = ${fileId} and local_path = ${path} and local_stamp = ${stamp}
      returning file_id)
    update ingestion_log log set taken_at = now()
    from done, sources
    where log.file_id = done.file_id and sources.source_id = log.source_id and kind = 'directory' and ${taken}`;
}
