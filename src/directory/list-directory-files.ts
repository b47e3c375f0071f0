import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import { PathNotFound } from './errors.ts';
import { isMisread } from './is-misread.ts';
import { readFailure } from './read-failure.ts';

export interface LocalFile {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  readonly size: number;
  /** ISO 8601 in UTC. */
  readonly modifiedAt: string;
  /** The same for the same absolute path, at all times and on all machines. */
  readonly itemId: string;
}

export function localItemId(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 32);
}

/**
 * The files among `paths` as they are given, and those in folders among them, however deep, in the order of their paths.
 * What is met in a folder is passed over when its name begins with a dot, or when it is neither file nor folder; links
 * there are not followed. A file that is reached twice is given once. What cannot be asked for, since its name is not UTF-8, goes to
 * `onMisnamed`.
 * @throws {PathNotFound} unless `mayBeGone`; {@link PathUnreadable}
 */
export async function listDirectoryFiles(
  paths: readonly string[],
  {
    mayBeGone = false,
    onMisnamed = () => undefined,
  }: { readonly mayBeGone?: boolean; readonly onMisnamed?: (path: string) => void } = {},
): Promise<LocalFile[]> {
  const found = new Map<string, LocalFile>();
  for (const path of paths.map((given) => resolve(given))) {
    const stats = await statOf(path);
    if (stats === null) {
      if (!mayBeGone) throw new PathNotFound(path);
    } else if (stats.isDirectory()) await walk(path, found, onMisnamed);
    else found.set(path, localFile(path, stats));
  }
  return [...found.values()];
}

async function walk(
  folder: string,
  found: Map<string, LocalFile>,
  onMisnamed: (path: string) => void,
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw readFailure(folder, error);
  });
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries.filter(({ name }) => !name.startsWith('.'))) {
    const path = join(folder, entry.name);
    if (!entry.isFile() && !entry.isDirectory()) continue;
    const stats = await statOf(path);
    // Null: removed since the folder was read, or misnamed.
    if (stats === null) {
      if (isMisread(entry.name)) onMisnamed(path);
    } else if (entry.isDirectory()) await walk(path, found, onMisnamed);
    else found.set(path, localFile(path, stats));
  }
}

async function statOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    const failure = readFailure(path, error);
    if (failure instanceof PathNotFound) return null;
    throw failure;
  }
}

function localFile(path: string, stats: Stats): LocalFile {
  return {
    path,
    name: basename(path),
    size: stats.size,
    modifiedAt: stats.mtime.toISOString(),
    itemId: localItemId(path),
  };
}
