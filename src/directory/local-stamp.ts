import { stat } from 'node:fs/promises';

/** Inode, size and modified time: changes when a file is written to, replaced or renamed over. */
export async function localStamp(path: string): Promise<string> {
  const file = await stat(path, { bigint: true });
  return `${file.ino}:${file.size}:${file.mtimeNs}`;
}
