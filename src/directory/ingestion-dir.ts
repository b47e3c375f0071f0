import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../domain/is-missing.ts';
import { syncFolder } from '../domain/local-path.ts';
import type { Settings } from '../settings/settings.ts';
import { IngestionDirUnusable } from './errors.ts';
import { downloadMarkNames } from './last-download.ts';

const markerName = 'place';
const kept = [markerName, ...downloadMarkNames];

/**
 * Makes sure that files can be downloaded into ingestion_dir, and clears what attempts of runs that are long over left
 * half-done.
 * @throws {IngestionDirUnusable}
 */
export async function prepareIngestionDir({
  scheduler: { ingestionDir },
  sync,
}: Pick<Settings, 'scheduler' | 'sync'>): Promise<void> {
  const temporary = join(ingestionDir, syncFolder);
  try {
    await mkdir(temporary, { recursive: true });
    await access(temporary, constants.W_OK);
    for (const name of await readdir(temporary)) {
      if (!kept.includes(name)) await removeIfOlder(join(temporary, name), 2 * sync.runTimeoutMinutes);
    }
  } catch (error) {
    throw new IngestionDirUnusable(ingestionDir, error);
  }
}

/**
 * What tells this very folder from those of other hosts: workers on one host, or on a volume that several hosts share,
 * get the same answer, at all times. Whoever asks first decides it.
 * @throws {IngestionDirUnusable}
 */
export async function placeOf(dir: string): Promise<string> {
  const marker = join(dir, syncFolder, markerName);
  try {
    const [place = await mark(marker)] = await contentOf(marker);
    return place;
  } catch (error) {
    throw new IngestionDirUnusable(dir, error);
  }
}

/**
 * The marker is a folder with one file, whose name is the place: it appears complete, and only one of several that are
 * made at once can, since no folder is renamed onto one that is not empty. Links are not to be had on every volume.
 */
async function mark(marker: string): Promise<string> {
  await mkdir(join(marker, '..'), { recursive: true });
  const own = await mkdtemp(`${marker}-`);
  const place = randomBytes(4).toString('hex');
  await writeFile(join(own, place), '');
  try {
    await rename(own, marker);
    return place;
  } catch (error) {
    await rm(own, { recursive: true });
    const [other] = await contentOf(marker);
    if (other === undefined) throw error;
    return other;
  }
}

async function contentOf(marker: string): Promise<string[]> {
  try {
    return await readdir(marker);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function removeIfOlder(path: string, minutes: number): Promise<void> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > minutes * 60_000) await rm(path, { recursive: true, force: true });
  } catch (error) {
    // Another run has just renamed it into place.
    if (!isMissing(error)) throw error;
  }
}
