import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { syncFolder } from '../domain/local-path.ts';

/**
 * Where an attempt to download `name` writes it, in ingestion_dir: a path of its own, since a stopped attempt that wakes again
 * must not write into its successor's file. What earlier attempts left is removed; their rename then fails, and with it only
 * they. It is not gone on with: whoever left it may still be writing there.
 */
export async function temporaryPath(dir: string, name: string, scheduledAt: Date): Promise<string> {
  const folder = join(dir, syncFolder);
  await mkdir(folder, { recursive: true });
  const prefix = `${name}-`;
  const own = scheduledAt.getTime();
  for (const other of await readdir(folder)) {
    if (other.startsWith(prefix) && Number(other.slice(prefix.length)) < own)
      await rm(join(folder, other), { force: true });
  }
  return join(folder, `${prefix}${own}`);
}
