import { rm } from 'node:fs/promises';

import { isMissing } from '../domain/is-missing.ts';

/** Removes the copy of a file that was given up. `absent`: there is none, or not on this machine; else what kept it from being removed. */
export async function removeCopy(copy: string | null): Promise<'removed' | 'absent' | Error> {
  if (copy === null) return 'absent';
  try {
    await rm(copy);
    return 'removed';
  } catch (error) {
    if (isMissing(error)) return 'absent';
    return error instanceof Error ? error : new Error(String(error));
  }
}
