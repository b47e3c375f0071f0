import type { Sql } from '../connection.ts';

export type AfterIngest = 'archive' | 'delete';

/** A local file that is ingested, and that has not been taken away yet. */
export interface IngestedLocalFile {
  readonly runId: string;
  readonly position: number;
  readonly fileId: number;
  readonly name: string;
  readonly path: string;
  /** Of the file that was ingested. */
  readonly stamp: string;
  readonly afterIngest: AfterIngest;
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

function select(sql: Sql, zone: string) {
  return sql`
    select file.run_id as "runId", position, file_id as "fileId", name, local_path as path, local_stamp as stamp,
      after_ingest as "afterIngest", to_char(ended_at at time zone ${zone}, 'YYYY-MM-DD') as day
    from run_files file join ingestion_log using (file_id)
    where file.after_ingest is not null and local_path is not null and local_stamp is not null`;
}

/** Nothing more is to be done with it. `taken`: it was taken away; a local file is then no longer where it came from. */
export async function recordTaken(
  sql: Sql,
  { runId, position }: Pick<IngestedLocalFile, 'runId' | 'position'>,
  taken: boolean,
): Promise<void> {
  await sql`
    with done as (
      update run_files set after_ingest = null where run_id = ${runId} and position = ${position} returning file_id)
    update ingestion_log log set taken_at = now()
    from done, sources
    where log.file_id = done.file_id and sources.source_id = log.source_id and kind = 'directory' and ${taken}`;
}
