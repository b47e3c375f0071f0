import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { syncFolder } from '../domain/local-path.ts';
import type { Settings } from '../settings/settings.ts';
import { isMissing } from './is-missing.ts';
import { lookIntoFolders } from './look-into-folders.ts';

/** Beside unfinished downloads. They stay for good. */
const lastName = 'last-download.json';
const leftName = 'left-files.json';
export const downloadMarkNames: readonly string[] = [lastName, leftName];

interface KnownFile {
  readonly path: string;
  readonly stamp: string;
}

/** Of those into ingestion_dir; null: there has been none. */
export async function lastDownload(ingestionDir: string): Promise<KnownFile | null> {
  return (await read(ingestionDir, lastName)) as KnownFile | null;
}

export async function markLastDownload(ingestionDir: string, { path, stamp }: KnownFile): Promise<void> {
  await write(ingestionDir, lastName, { path, stamp });
}

/** Remembers all files that lie in ingestion_dir now as left there by another ledger. */
export async function leaveFiles({ scheduler, watch }: Settings): Promise<void> {
  const { ingestionDir } = scheduler;
  const alone = { scheduler, watch: { ...watch, ingestionDir: true, directories: [] } };
  const { files } = await lookIntoFolders(alone, () => true);
  await write(
    ingestionDir,
    leftName,
    files.map(({ path, stamp }) => ({ path, stamp })),
  );
  await rm(join(ingestionDir, syncFolder, lastName), { force: true });
}

/** Their stamps by their paths. */
export async function leftFiles(ingestionDir: string): Promise<ReadonlyMap<string, string>> {
  const left = (await read(ingestionDir, leftName)) as readonly KnownFile[] | null;
  return new Map(left?.map(({ path, stamp }) => [path, stamp]));
}

async function read(ingestionDir: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(ingestionDir, syncFolder, name), 'utf8')) as unknown;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function write(ingestionDir: string, name: string, content: unknown): Promise<void> {
  const folder = join(ingestionDir, syncFolder);
  const temporary = join(folder, `${name}-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  await writeFile(temporary, JSON.stringify(content));
  await rename(temporary, join(folder, name));
}
