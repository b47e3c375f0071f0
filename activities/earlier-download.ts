import { type Sql, withDatabase } from '../src/database/connection.ts';
import type { ChunkFile } from '../src/database/queries/chunk-files.ts';
import { readEarlierDownloads } from '../src/database/queries/earlier-download.ts';
import type { Downloaded } from '../src/database/queries/record-attempt.ts';
import { hashFile } from '../src/directory/hash-file.ts';
import { localStampIfThere } from '../src/directory/local-stamp.ts';

/**
 * What this run or another one has downloaded of this very version of the file, if it still lies at `path` as it was put there.
 * It is read once: after a loss of power a file can have its stamp and not its bytes. Another file with the same hash and size
 * is no such thing: a quickXorHash can be made to order, so whether contents are the same is asked of the bytes (SHA-256), when
 * they are there.
 */
export async function earlierDownload(
  sql: Sql,
  file: ChunkFile,
  path: string,
  signal: AbortSignal,
): Promise<Downloaded | null> {
  if (!file.isOld) return null;
  const earlier = await withDatabase(() => readEarlierDownloads(sql, { fileId: file.fileId, path }));
  if (earlier.length === 0) return null;
  const stamp = await localStampIfThere(path);
  const download = earlier.find(({ localStamp }) => localStamp === stamp);
  if (download === undefined) return null;
  // Whatever goes wrong with reading it does not stand in the way of fetching it.
  const hashed = await hashFile(path, signal).catch(() => null);
  return hashed?.sha256 === download.sha256 ? download : null;
}
