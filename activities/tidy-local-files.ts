import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import {
  type AfterIngest,
  type IngestedLocalFile,
  readIngestedOfChunk,
  readIngestedOfEndedRuns,
  recordTaken,
} from '../src/database/queries/ingested-local-files.ts';
import { type TakenAway, takeAway } from '../src/directory/take-away.ts';
import { folderOf } from '../src/directory/watched-folders.ts';
import { archiveFolder, safeName } from '../src/domain/local-path.ts';
import { failpoint } from '../src/failpoints.ts';
import type { Settings } from '../src/settings/settings.ts';
import type { Dependencies } from './dependencies.ts';

type Tidying = Pick<Dependencies, 'settings' | 'sql'>;

/** What is to become of a local file once it is ingested; of one that somebody has elsewhere: nothing. */
export function afterIngest(settings: Settings, path: string): AfterIngest | null {
  const { localFiles } = settings.sync;
  return localFiles === 'keep' || folderOf(settings, path) === null ? null : localFiles;
}

/**
 * Takes away what the chunk has ingested. Called where its files are, but for those that another host has downloaded and
 * ingested before it was lost: what of a download does not lie here is left to be found there.
 */
export async function tidyChunk(
  { settings, sql }: Tidying,
  chunk: { readonly runId: string; readonly chunk: number },
): Promise<void> {
  if (settings.sync.localFiles === 'keep') return;
  const zone = settings.scheduler.timezone;
  const files = await withDatabase(() => readIngestedOfChunk(sql, zone, chunk));
  for (const file of files) {
    const taken = await take(settings, file);
    if (taken === null || (taken !== 'taken' && file.sourceKind !== 'directory')) continue;
    await withDatabase(() => recordTaken(sql, file, taken !== 'other'));
  }
}

/** Takes away what runs that were cut off have left, as far as it lies here and not on another host, and the settings still say so. */
export async function tidyAfterEndedRuns({ settings, sql }: Tidying): Promise<void> {
  if (settings.sync.localFiles === 'keep') return;
  const zone = settings.scheduler.timezone;
  for (const file of await withDatabase(() => readIngestedOfEndedRuns(sql, zone))) {
    if ((await take(settings, file)) === 'taken') await withDatabase(() => recordTaken(sql, file, true));
  }
}

/** Null: it could not be taken, and is tried again after the run. Its rows are in the database in any case. */
async function take(settings: Settings, file: IngestedLocalFile): Promise<TakenAway | null> {
  const { path, stamp } = file;
  const folder = folderOf(settings, path);
  if (folder === null) return null;
  try {
    await failpoint('before-local-file-taken');
    const target = targetOf(folder, file);
    const taken = await takeAway(path, stamp, target);
    await failpoint('local-file-taken');
    if (taken === 'taken' && file.afterIngest === 'delete') await rm(target, { force: true });
    return taken;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    log.warn(`The local file could not be taken away (${file.afterIngest})`, {
      stage: 'ingest',
      path,
      error: said,
    });
    return null;
  }
}

/** What is to be deleted first gets a name beside its own that no watch sees. */
function targetOf(folder: string, { afterIngest: fate, path, day, fileId, name }: IngestedLocalFile): string {
  if (fate === 'delete') return join(dirname(path), `.charlie-${fileId}`);
  return join(folder, archiveFolder, day, `${fileId}-${safeName(name)}`);
}
