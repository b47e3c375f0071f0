import { type Sql, withDatabase } from '../src/database/connection.ts';
import { withoutDownloaded } from '../src/database/queries/known-local-files.ts';
import { type DownloadMark, downloadMark, leaveFiles, prepareMark } from '../src/directory/last-download.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * A ledger that does not know the last download into ingestion_dir is another one, or was set back to a backup; and it knows
 * none by the path and stamp of a folder that was moved or copied. Of the files there nobody can tell any more which of them
 * were downloaded, and which somebody has dropped: so none of them counts as dropped. Called before this process downloads
 * anything to there.
 */
export async function leaveUnknownDownloads({
  settings,
  sql,
}: Pick<Dependencies, 'settings' | 'sql'>): Promise<void> {
  const { ingestionDir } = settings.scheduler;
  const mark = await downloadMark(ingestionDir);
  if (mark !== null && (await isKnown(sql, mark))) return;
  if (mark !== null) await leaveFiles(settings);
  await prepareMark(ingestionDir);
}

async function isKnown(sql: Sql, { isFromHere, last }: DownloadMark): Promise<boolean> {
  if (!isFromHere) return false;
  return last === null || (await withDatabase(() => withoutDownloaded(sql, [last]))).length === 0;
}
