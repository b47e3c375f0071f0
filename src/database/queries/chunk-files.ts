import type { Sql } from '../connection.ts';

/** A file of a run's manifest as its activities see it. */
export interface ChunkFile {
  readonly position: number;
  readonly fileId: number;
  readonly state:
    | 'waiting'
    | 'downloaded'
    | 'ingested'
    | 'quarantined'
    | 'already'
    | 'duplicate'
    | 'failed'
    | 'unready';
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
  /** Null: the inventory has another version by now. */
  readonly eTag: string | null;
  readonly modifiedAt: Date;
  /** The source holds it for malware. */
  readonly malware: boolean;
  readonly dataset: string;
  /** This version is loaded, and read again: its rows stay until others take their place. */
  readonly isAgain: boolean;
  /** Of a version that is read again: however few rows it has now. */
  readonly mayShrink: boolean;
  /** It may have been downloaded before: by another run, or in an earlier pass of this one. */
  readonly isOld: boolean;
}

export async function readChunk(sql: Sql, runId: string, chunk: number): Promise<ChunkFile[]> {
  return sql<ChunkFile[]>`
    select position, file_id as "fileId", file.state, file.attempts, local_path as "localPath", local_stamp as "localStamp",
      file.sha256, kind as "sourceKind", log.item_id as "itemId", log.version_key as "versionKey", log.drive_id as "driveId",
      log.name, log.path, log.size_bytes as size, log.content_hash as "contentHash", item.etag as "eTag",
      coalesce(item.modified_at, log.modified_at) as "modifiedAt", coalesce(item.malware, false) as malware, coalesce(again_as, dataset) as dataset,
      again_as is not null as "isAgain", again_as is not null and coalesce((run.config ->> 'forceRecreate')::boolean, false) as "mayShrink",
      (log.run_id <> file.run_id or local_path is not null) as "isOld"
    from run_files file join ingestion_log log using (file_id) join sources on sources.source_id = log.source_id
    join run_history run on run.run_id = file.run_id
    left join drive_items item
      on item.source_id = log.source_id and item.item_id = log.item_id and item.version_key = log.version_key
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
