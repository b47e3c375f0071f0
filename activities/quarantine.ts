import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { withDatabase } from '../src/database/connection.ts';
import type { Owner } from '../src/database/owner.ts';
import type { ChunkFile } from '../src/database/queries/chunk-files.ts';
import { quarantineFile } from '../src/database/queries/quarantine-file.ts';
import { isWithin } from '../src/directory/watched-folders.ts';
import { localPath, quarantineFolder, safeName } from '../src/domain/local-path.ts';
import { failpoint } from '../src/failpoints.ts';
import { assertUnchanged, isUnchanged } from './assert-unchanged.ts';
import type { Dependencies } from './dependencies.ts';
import type { FileRefusal } from './file-refusal.ts';

/**
 * Puts the file into the quarantine folder and records it; null: the ledger had ended it before, and nothing was changed.
 * The copy lies there before the record says so, and the file leaves its place after: only the attempt whose record it is
 * may take it away.
 */
export async function quarantine(
  { settings, sql }: Dependencies,
  owner: Owner,
  {
    runId,
    file,
    refusal,
  }: { readonly runId: string; readonly file: ChunkFile; readonly refusal: FileRefusal },
): Promise<string | null> {
  const dir = settings.scheduler.ingestionDir;
  const from = file.localPath ?? '';
  const place = join(dir, quarantineFolder, `${file.fileId}-${safeName(file.name)}`);
  const isRecorded = await withDatabase(() =>
    quarantineFile(
      sql,
      owner,
      { runId, position: file.position, fileId: file.fileId },
      {
        ...refusal,
        sha256: file.sha256 ?? '',
        place,
        copy: async () => {
          await assertUnchanged(file, from);
          await mkdir(dirname(place), { recursive: true });
          await duplicate(from, place, isOurs(dir, from));
          await failpoint('quarantine-moved');
        },
      },
    ),
  );
  if (!isRecorded) return null;
  await removeOriginal(dir, file);
  return place;
}

/** Of a file that is recorded as quarantined, what may still lie where it was downloaded to. */
export async function removeOriginal(dir: string, file: ChunkFile): Promise<void> {
  const path = file.sourceKind === 'directory' ? file.path : join(dir, localPath(file.path));
  if (isOurs(dir, path) && (await isUnchanged(file, path))) await rm(path, { force: true });
}

/** Files of ours move; a file that somebody named to `charlie ingest` stays where it is. */
function isOurs(dir: string, path: string): boolean {
  return isWithin(dir, path);
}

/** A link costs nothing; not every file system has them, and a copy must not change with somebody else's file. */
async function duplicate(from: string, to: string, mayLink: boolean): Promise<void> {
  await rm(to, { force: true });
  if (mayLink) {
    try {
      await link(from, to);
      return;
    } catch {
      // Copied instead; what is wrong with the folder shows there, too.
    }
  }
  await copyFile(from, to);
}
