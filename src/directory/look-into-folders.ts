import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../domain/is-missing.ts';
import { isTemporaryName } from '../domain/temporary-name.ts';
import { isMisread } from './is-misread.ts';
import { stampOf } from './local-stamp.ts';
import { distinctFolders, type Folders, isSetAside } from './watched-folders.ts';

/** The system answers some questions about files side by side. */
const askedAtOnce = 8;

export interface DroppedFile {
  readonly path: string;
  readonly name: string;
  /** As localStamp gives it. */
  readonly stamp: string;
}

export interface FolderLook {
  readonly files: readonly DroppedFile[];
  /** Files that were not wanted by their name. */
  readonly passedOver: readonly string[];
  /** Files that are there, and cannot be asked for: their names are not UTF-8. */
  readonly misnamed: readonly string[];
  /** All folders that were looked into. */
  readonly folders: readonly string[];
  /** Folders that were not found, or may not be read. What is wrong with them may pass. */
  readonly unreadable: readonly string[];
}

/**
 * The files that lie in the watched folders, however deep, less those that `isWanted` does not want by their name, those that
 * a program is about to rename, and those that we have put aside ourselves. Links are not followed.
 */
export async function lookIntoFolders(
  settings: Folders,
  isWanted: (name: string) => boolean,
): Promise<FolderLook> {
  const { folders, missing } = await distinctFolders(settings);
  const look = {
    files: [] as DroppedFile[],
    passedOver: [] as string[],
    misnamed: [] as string[],
    folders: [] as string[],
    unreadable: [...missing],
  };
  // Its files are found when it is watched itself.
  const ingestionReal = await realpath(settings.scheduler.ingestionDir).catch(() => null);

  async function walk(path: string, real: string): Promise<void> {
    let entries: Dirent[];
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch {
      look.unreadable.push(path);
      return;
    }
    look.folders.push(path);
    const known = entries.filter(({ name }) => !isTemporaryName(name));
    const files = known.filter((entry) => entry.isFile()).map(({ name }) => name);
    const wanted = files.filter(isWanted);
    look.passedOver.push(...files.filter((name) => !isWanted(name)).map((name) => join(path, name)));

    const queue = wanted.values();
    const hands = Array.from({ length: askedAtOnce }, async () => {
      for (const name of queue) await add(join(path, name), name);
    });
    await Promise.all(hands);
    for (const { name } of known.filter((entry) => entry.isDirectory())) {
      const [below, realBelow] = [join(path, name), join(real, name)];
      if (realBelow !== ingestionReal && !isSetAside(settings, below)) await walk(below, realBelow);
    }
  }

  async function add(path: string, name: string): Promise<void> {
    try {
      look.files.push({ path, name, stamp: stampOf(await stat(path, { bigint: true })) });
    } catch (error) {
      // Else removed since the folder was read, or not for us to see: there is nothing to load.
      if (isMissing(error) && isMisread(name)) look.misnamed.push(path);
    }
  }

  for (const { path, real } of folders) await walk(path, real);
  return look;
}
