import { statfs } from 'node:fs/promises';

import { DiskFull } from './errors.ts';

/** ENOSPC: no space, or no further file; EDQUOT: the user's share is used up. */
const full = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Before so many bytes are asked for: a disk that is filled up to find out takes everything else on it down.
 * @throws {DiskFull}
 */
export async function assertRoom(dir: string, bytes: number): Promise<void> {
  const free = await freeBytes(dir);
  if (free < bytes) throw new DiskFull(dir, bytes, free);
}

/** DiskFull in place of the system's error that says so; any other error as it is. */
export async function explainDiskFull(error: unknown, dir: string, bytes: number): Promise<unknown> {
  if (!isDiskFull(error)) return error;
  return new DiskFull(dir, bytes, await freeBytes(dir), { cause: error });
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && full.has(String(error.code));
}

/** For users other than root, who may have some more. */
async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
