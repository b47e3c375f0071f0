import type { Sql } from '../connection.ts';

/** A file of a run's manifest as its activities see it. */
export interface ChunkFile {
  readonly position: number;
  readonly fileId: number;
  readonly state: 'waiting' | 'downloaded' | 'ingested' | 'quarantined' | 'already' | 'duplicate' | 'failed';
  readonly attempts: number;
  readonly localPath: string | null;
  readonly localStamp: string | null;
  readonly sha256: string | null;
  readonly sourceKind: 'sharepoint' | 'directory';
  readonly itemId: string;
  /** The version that was listed; of a local file, its stamp. */
  readonly versionKey: string;
  readonly driveId: string | null;
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly contentHash: string | null;
  readonly dataset: string;
}

export async function readChunk(sql: Sql, runId: string, chunk: number): Promise<ChunkFile[]> {
  return sql<ChunkFile[]>`
    select position, file_id as "fileId", file.state, file.attempts, local_path as "localPath", local_stamp as "localStamp",
      file.sha256, kind as "sourceKind", item_id as "itemId", version_key as "versionKey", drive_id as "driveId", name, path,
      size_bytes as size, content_hash as "contentHash", dataset
    from run_files file join ingestion_log using (file_id) join sources using (source_id)
    where file.run_id = ${runId} and chunk = ${chunk}
    order by position`;
}

/** The chunks from `firstChunk` on, in order: the first file's name and how many there are. */
export async function readChunkNames(
  sql: Sql,
  runId: string,
  firstChunk: number,
): Promise<{ readonly chunk: number; readonly name: string; readonly files: number }[]> {
  return sql<{ chunk: number; name: string; files: number }[]>`
    select chunk, (array_agg(name order by position))[1] as name, count(*)::int as files
    from run_files join ingestion_log using (file_id)
    where run_files.run_id = ${runId} and chunk >= ${firstChunk}
    group by chunk order by chunk`;
}
