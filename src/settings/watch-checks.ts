import { join, sep } from 'node:path';

import { archiveFolder, quarantineFolder, syncFolder } from '../domain/local-path.ts';
import type { Layer } from './given.ts';
import type { Problem } from './problem.ts';
import { byDefault } from './problem.ts';
import type { SectionsValues } from './setting-keys.ts';

const key = 'watch.directories';

/** What we put aside must not come back as something that was dropped. */
export function checkWatch({ scheduler, watch }: SectionsValues, all: Layer): Problem[] {
  const ours = [syncFolder, quarantineFolder, archiveFolder].map((name) =>
    join(scheduler.ingestionDir, name),
  );
  return watch.directories
    .filter((directory) => ours.some((folder) => isWithin(folder, directory)))
    .map((directory) => ({
      ...(all.get(key)?.origin ?? byDefault),
      key,
      message: `names ${directory}, which is one of the folders in scheduler.ingestion_dir that are kept for charlie's own files`,
      accepted: 'folders outside of these, or ingestion_dir itself',
      suggestion: null,
    }));
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}
