import { constants, copyFile, link, mkdir, rm, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';

import { OriginalChanged, OriginalMissing } from './errors.ts';
import { localStamp } from './local-stamp.ts';
import { readFailure } from './read-failure.ts';

/**
 * Makes sure that a local file lies where it was listed: as it was, or put back from its copy. Returns its stamp there. One
 * that was put back gets a new one: a stopped worker that wakes, and meant to clear the original away, must leave it alone.
 * @throws {OriginalChanged} {@link OriginalMissing}
 */
export async function putBack(path: string, stamp: string, copy: string | null): Promise<string> {
  const [found, kept] = [await stampOf(path), copy === null ? null : await stampOf(copy)];
  // Equal stamps are two names of one file, as the copy of a file of ours is: its first name was to go.
  if (found === stamp && kept !== stamp) return stamp;
  if (found !== null && found !== stamp) throw new OriginalChanged(path);
  if (copy === null || kept === null) throw new OriginalMissing(path, copy);
  const now = new Date();
  await utimes(copy, now, now);
  if (found === null) await copyTo(path, copy);
  await rm(copy);
  return localStamp(path);
}

/** @throws {OriginalChanged} {@link OriginalMissing} */
export async function assertThere(path: string, stamp: string): Promise<void> {
  const found = await stampOf(path);
  if (found === null) throw new OriginalMissing(path, null);
  if (found !== stamp) throw new OriginalChanged(path);
}

/** Null: there is none. */
async function stampOf(path: string): Promise<string | null> {
  try {
    return await localStamp(path);
  } catch (error) {
    const failure = readFailure(path, error);
    if (failure.name === 'PathNotFound') return null;
    throw failure;
  }
}

/** Never onto a file that somebody has put there meanwhile. */
async function copyTo(path: string, copy: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await link(copy, path);
  } catch {
    // Not every file system has links; what is wrong with the folder shows here, too.
    await copyFile(copy, path, constants.COPYFILE_EXCL);
  }
}
