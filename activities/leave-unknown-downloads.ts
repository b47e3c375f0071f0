import { withDatabase } from '../src/database/connection.ts';
import { withoutDownloaded } from '../src/database/queries/known-local-files.ts';
import { lastDownload, leaveFiles, prepareMark } from '../src/directory/last-download.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * A ledger that does not know the last download into ingestion_dir is another one, or was set back to a backup. Of the files
 * there nobody can tell any more which of them were downloaded, and will be once more, and which somebody has dropped: so none
 * of them counts as dropped. Called before this process downloads anything to there.
 */
export async function leaveUnknownDownloads({
  settings,
  sql,
}: Pick<Dependencies, 'settings' | 'sql'>): Promise<void> {
  const { ingestionDir } = settings.scheduler;
  const last = await lastDownload(ingestionDir);
  if (last === null) return prepareMark(ingestionDir);
  const unknown = await withDatabase(() => withoutDownloaded(sql, [last]));
  if (unknown.length > 0) await leaveFiles(settings);
}
