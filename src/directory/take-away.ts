import { constants, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { localStampIfThere } from './local-stamp.ts';

/** `gone`: nothing lies there; `other`: not the file with this stamp. */
export type TakenAway = 'taken' | 'gone' | 'other';

/**
 * Moves the file to `target`, on the same disk, if it still has this stamp. It is looked at once more on the way, under a
 * hidden name: in the moment between a look and a move somebody may have put another one in its place, which goes back, and
 * must not go over the one that another attempt has moved.
 */
export async function takeAway(path: string, stamp: string, target: string): Promise<TakenAway> {
  const held = join(dirname(target), `.${basename(target)}`);
  // By an earlier attempt.
  if ((await localStampIfThere(target)) === stamp) return 'taken';
  if ((await localStampIfThere(held)) !== stamp) {
    const there = await localStampIfThere(path);
    if (there !== stamp) return there === null ? 'gone' : 'other';
    await mkdir(dirname(target), { recursive: true });
    await rename(path, held);
    if ((await localStampIfThere(held)) !== stamp) {
      await putBack(held, path);
      return 'other';
    }
  }
  await rename(held, target);
  return 'taken';
}

/** Unless there is a newer one by now, beside which it stays where it is. */
async function putBack(from: string, path: string): Promise<void> {
  try {
    await copyFile(from, path, constants.COPYFILE_EXCL);
  } catch {
    return;
  }
  await rm(from);
}
