import { open } from 'node:fs/promises';

import { type Sql, withDatabase } from '../database/connection.ts';
import { withoutDownloaded, withoutEnded } from '../database/queries/known-local-files.ts';
import { localItemId } from '../directory/list-directory-files.ts';
import { stampOf } from '../directory/local-stamp.ts';
import type { DroppedFile } from '../directory/look-into-folders.ts';
import { maxPathBytes } from '../domain/sync-run.ts';

/** Files that Postgres is asked about in one statement. */
const askedAtOnce = 1000;

/** Of these files the ones that are there to be loaded: neither downloaded by a run, nor ended by the ledger. */
export async function stillToLoad<File extends DroppedFile>(
  sql: Sql,
  files: readonly File[],
): Promise<File[]> {
  const open: File[] = [];
  for (let start = 0; start < files.length; start += askedAtOnce) {
    const page = files.slice(start, start + askedAtOnce);
    const items = page.map((file) => ({ ...file, itemId: localItemId(file.path) }));
    const notEnded = await withDatabase(() => withoutEnded(sql, items));
    open.push(...(await withDatabase(() => withoutDownloaded(sql, notEnded))));
  }
  return open;
}

/**
 * Whether it can be read and is the file with this stamp. Opening it makes network folders look whether it has grown, which
 * they do not for each look from outside; one that its writer has locked cannot be opened.
 */
export async function isReadable({ path, stamp }: DroppedFile): Promise<boolean> {
  try {
    await using file = await open(path, 'r');
    return stampOf(await file.stat({ bigint: true })) === stamp;
  } catch {
    return false;
  }
}

/** As many of the first ones as one run may be given. */
export function oneBatch<File extends DroppedFile>(files: readonly File[]): File[] {
  let bytes = 0;
  return files.filter(({ path }) => (bytes += Buffer.byteLength(path)) <= maxPathBytes);
}
