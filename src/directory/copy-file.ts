import { open, rm } from 'node:fs/promises';

import type { HashedFile } from './hash-file.ts';
import { hashFile } from './hash-file.ts';

/**
 * Copies to `target`, a temporary path in a folder that exists, replacing what is there. After a failure nothing is
 * left there. Throws as `hashFile` does.
 */
export async function copyFile(
  path: string,
  target: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<HashedFile> {
  try {
    await using output = await open(target, 'w');
    return await hashFile(path, signal, async (piece) => {
      await output.writeFile(piece);
    });
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}
