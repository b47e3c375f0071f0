import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

import { isMissing } from '../domain/is-missing.ts';

/** Inode, size and modified time: changes when a file is written to, replaced or renamed over. */
export async function localStamp(path: string): Promise<string> {
  return stampOf(await stat(path, { bigint: true }));
}

/** Null when nothing lies there. */
export async function localStampIfThere(path: string): Promise<string | null> {
  try {
    return await localStamp(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export function stampOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}:${size}:${mtimeNs}`;
}
