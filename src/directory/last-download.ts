import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../domain/is-missing.ts';
import { syncFolder } from '../domain/local-path.ts';
import type { Settings } from '../settings/settings.ts';
import { isDiskFull } from './disk-space.ts';
import { lookIntoFolders } from './look-into-folders.ts';

/** Beside unfinished downloads. They stay for good. */
const lastName = 'last-download.json';
const leftName = 'left-files.json';
export const downloadMarkNames: readonly string[] = [lastName, leftName];

/** More than two paths take. The mark is written over in place, so that it takes no room on a disk that is full. */
const markBytes = 16_384;

interface KnownFile {
  readonly path: string;
  readonly stamp: string;
}

/** A folder that was moved is at another path; in one that was copied the mark itself is another file. */
interface WrittenMark {
  readonly folder: string;
  readonly inode: string;
  readonly last: KnownFile | null;
}

export interface DownloadMark {
  /** Null: there has been none. */
  readonly last: KnownFile | null;
  /** False: it was made in another folder, of which this is a copy, or that was moved or mounted here. */
  readonly isFromHere: boolean;
}

/** What the mark of ingestion_dir says; null: there is none. */
export async function downloadMark(ingestionDir: string): Promise<DownloadMark | null> {
  const found = await read(ingestionDir, lastName);
  if (found === null || found.content === null) return null;
  const { folder, inode, last } = found.content as WrittenMark;
  return { last, isFromHere: folder === ingestionDir && inode === found.inode };
}

export async function markLastDownload(ingestionDir: string, last: KnownFile): Promise<void> {
  await write(ingestionDir, last, constants.O_CREAT);
}

/** Makes room for the mark while the disk has any. */
export async function prepareMark(ingestionDir: string): Promise<void> {
  await write(ingestionDir, null, constants.O_CREAT | constants.O_EXCL);
}

/** Remembers all files that lie in ingestion_dir now as those of which nobody can tell how they got there. */
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
  const left = (await read(ingestionDir, leftName))?.content as readonly KnownFile[] | undefined;
  return new Map(left?.map(({ path, stamp }) => [path, stamp]));
}

async function write(ingestionDir: string, last: KnownFile | null, flags: number): Promise<void> {
  await mkdir(join(ingestionDir, syncFolder), { recursive: true });
  try {
    await using file = await open(join(ingestionDir, syncFolder, lastName), constants.O_WRONLY | flags);
    const mark: WrittenMark = { folder: ingestionDir, inode: await inodeOf(file), last };
    await file.write(JSON.stringify(mark).padEnd(markBytes), 0);
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isThere && !isDiskFull(error)) throw error;
  }
}

/** Null also when the mark is being written just now, or its writer was cut off: then it says nothing. */
async function read(
  ingestionDir: string,
  name: string,
): Promise<{ readonly content: unknown; readonly inode: string } | null> {
  try {
    await using file = await open(join(ingestionDir, syncFolder, name), 'r');
    return { content: JSON.parse(await file.readFile('utf8')) as unknown, inode: await inodeOf(file) };
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

async function inodeOf(file: FileHandle): Promise<string> {
  return String((await file.stat({ bigint: true })).ino);
}
