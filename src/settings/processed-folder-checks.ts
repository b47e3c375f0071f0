import type { Layer } from './given.ts';
import type { Problem } from './problem.ts';
import { byDefault } from './problem.ts';
import type { SectionsValues } from './setting-keys.ts';

const key = 'sync.processed_folder';

/** Files that are moved need a folder to go to, other than the one that they come from. */
export function checkProcessedFolder({ scheduler, sync }: SectionsValues, all: Layer): Problem[] {
  const accepted = 'another folder of the same library, which may lie in scheduler.sharepoint_folder';
  if (sync.afterIngest === 'move' && sync.processedFolder === null) {
    const { origin } = all.get('sync.after_ingest') ?? { origin: byDefault };
    const message = 'is not set, but sync.after_ingest is "move"';
    return [{ ...origin, key, message, accepted, suggestion: null }];
  }
  if (sync.processedFolder === null || fold(sync.processedFolder) !== fold(scheduler.sharepointFolder))
    return [];
  const { origin } = all.get(key) ?? { origin: byDefault };
  const message = 'is the folder that files are taken from, scheduler.sharepoint_folder';
  return [{ ...origin, key, message, accepted, suggestion: null }];
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
