import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import { archiveFolder, quarantineFolder, syncFolder } from '../domain/local-path.ts';
import type { Settings } from '../settings/settings.ts';

export type Folders = Pick<Settings, 'scheduler' | 'watch'>;

/** A watched folder under the name by which its files are known, and by its real one. */
export interface WatchedFolder {
  readonly path: string;
  readonly real: string;
}

/** The folders that the settings have watched, ingestion_dir first. */
export function watchedPaths({ scheduler, watch }: Folders): string[] {
  return [...(watch.ingestionDir ? [scheduler.ingestionDir] : []), ...watch.directories];
}

/** Of ingestion_dir and the watched folders the one that the path lies in, the innermost of several; null: it lies elsewhere. */
export function folderOf(settings: Folders, path: string): string | null {
  const around = ownPaths(settings).filter((folder) => isWithin(folder, path));
  return around.toSorted((one, other) => other.length - one.length)[0] ?? null;
}

/** Whether it lies where we put files: not complete, refused, or loaded. */
export function isSetAside(settings: Folders, path: string): boolean {
  const { ingestionDir } = settings.scheduler;
  return [
    join(ingestionDir, syncFolder),
    join(ingestionDir, quarantineFolder),
    ...ownPaths(settings).map((folder) => join(folder, archiveFolder)),
  ].some((folder) => isWithin(folder, path));
}

/**
 * The watched folders, so that each file lies in only one of them, also when one can be reached by several names. What lies in
 * ingestion_dir is named from there: the ledger knows downloads by that name. With them those that cannot be found now.
 */
export async function distinctFolders(
  settings: Folders,
): Promise<{ readonly folders: readonly WatchedFolder[]; readonly missing: readonly string[] }> {
  const { ingestionDir } = settings.scheduler;
  const ingestionReal = await realPathOf(ingestionDir);
  const missing: string[] = [];
  const found = new Map<string, string>();
  for (const path of watchedPaths(settings)) {
    const real = await realPathOf(path);
    if (real === null) missing.push(path);
    else if (ingestionReal !== null && isWithin(ingestionReal, real))
      found.set(real, join(ingestionDir, relative(ingestionReal, real)));
    else if (!found.has(real)) found.set(real, path);
  }
  const folders = [...found].map(([real, path]) => ({ path, real }));
  const isCovered = ({ path, real }: WatchedFolder): boolean =>
    path !== ingestionDir && folders.some((other) => other.real !== real && isWithin(other.real, real));
  return { folders: folders.filter((folder) => !isCovered(folder)), missing };
}

function ownPaths({ scheduler, watch }: Folders): string[] {
  return [scheduler.ingestionDir, ...watch.directories];
}

/** Also when it is the folder itself. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

async function realPathOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch {
    return null;
  }
}
