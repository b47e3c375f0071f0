import { randomUUID } from 'node:crypto';
import { constants, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { syncFolder } from '../domain/local-path.ts';
import type { Settings } from '../settings/settings.ts';
import { isDiskFull } from './disk-space.ts';
import { isMissing } from './is-missing.ts';
import { lookIntoFolders } from './look-into-folders.ts';

/** Beside unfinished downloads. They stay for good. */
const lastName = 'last-download.json';
const leftName = 'left-files.json';
export const downloadMarkNames: readonly string[] = [lastName, leftName];

/** More than any path takes. The mark is written over in place, so that it takes no room on a disk that is full. */
const markBytes = 8192;

interface KnownFile {
  readonly path: string;
  readonly stamp: string;
}

/** Of those into ingestion_dir; null: there has been none. */
export async function lastDownload(ingestionDir: string): Promise<KnownFile | null> {
  return (await read(ingestionDir, lastName)) as KnownFile | null;
}

export async function markLastDownload(ingestionDir: string, last: KnownFile): Promise<void> {
  await write(ingestionDir, last, constants.O_CREAT);
}

/** Makes room for the mark while the disk has any. */
export async function prepareMark(ingestionDir: string): Promise<void> {
  await write(ingestionDir, null, constants.O_CREAT | constants.O_EXCL);
}

/** Remembers all files that lie in ingestion_dir now as left there by another ledger. */
export async function leaveFiles({ scheduler, watch }: Settings): Promise<void> {
  const { ingestionDir } = scheduler;
  const alone = { scheduler, watch: { ...watch, ingestionDir: true, directories: [] } };
  const { files } = await lookIntoFolders(alone, () => true);
  const left = files.map(({ path, stamp }): KnownFile => ({ path, stamp }));
  const temporary = join(ingestionDir, syncFolder, randomUUID());
  try {
    await writeFile(temporary, JSON.stringify(left));
    await rename(temporary, join(ingestionDir, syncFolder, leftName));
  } finally {
    await rm(temporary, { force: true });
  }
  await rm(join(ingestionDir, syncFolder, lastName), { force: true });
}

/** Their stamps by their paths. */
export async function leftFiles(ingestionDir: string): Promise<ReadonlyMap<string, string>> {
  const left = (await read(ingestionDir, leftName)) as readonly KnownFile[] | null;
  return new Map(left?.map(({ path, stamp }) => [path, stamp]));
}

async function write(ingestionDir: string, last: KnownFile | null, flags: number): Promise<void> {
  await mkdir(join(ingestionDir, syncFolder), { recursive: true });
  try {
    await using file = await open(join(ingestionDir, syncFolder, lastName), constants.O_WRONLY | flags);
    await file.write(JSON.stringify(last).padEnd(markBytes), 0);
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isThere && !isDiskFull(error)) throw error;
  }
}

/** Null also when the mark is being written just now, or its writer was cut off: then it says nothing. */
async function read(ingestionDir: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(ingestionDir, syncFolder, name), 'utf8')) as unknown;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}
