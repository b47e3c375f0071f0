import { createHash } from 'node:crypto';

import { placeOf } from '../directory/ingestion-dir.ts';
import { watchedPaths } from '../directory/watched-folders.ts';
import type { Settings } from '../settings/settings.ts';

/** Where the runs of a watch are done, and what they are called: the same for all processes that watch the same folders. */
export interface WatchTarget {
  /** Served by those who watch, and so see the files. */
  readonly taskQueue: string;
  /** Of one run at a time. */
  readonly workflowId: string;
}

/**
 * Hosts that share ingestion_dir and watch the same folders share the work, and a process that is started again goes on with it.
 * Null: the settings have nothing watched.
 * @throws {IngestionDirUnusable}
 */
export async function watchTarget(settings: Settings): Promise<WatchTarget | null> {
  const watched = watchedPaths(settings);
  if (watched.length === 0) return null;
  const { scheduler, temporal } = settings;
  const what = [temporal.taskQueue, await placeOf(scheduler.ingestionDir), ...watched];
  const id = createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8);
  return { taskQueue: `${temporal.taskQueue}.watch-${id}`, workflowId: `watch-${id}` };
}
