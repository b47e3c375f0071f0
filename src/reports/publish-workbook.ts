import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { failpoint } from '../failpoints.ts';

const temporaryName = /^\..+\.xlsx\..+\.tmp$/;
/** Older than any write that may still be going on. */
const abandonedAfter = 60 * 60 * 1000;

/** The folder of reports cannot be made or written to. */
export class ReportDirUnusable extends Error {
  override readonly name = 'ReportDirUnusable';
  readonly dir: string;

  constructor(dir: string, cause: unknown) {
    const answer = cause instanceof Error ? cause.message : String(cause);
    super(
      `The folder of reports, ${dir}, cannot be written to: ${answer}. Make it writable, free space on its disk, or name another one in reports.dir.`,
      { cause },
    );
    this.dir = dir;
  }
}

export interface Attempt {
  /** What is attempted, told apart from anything else that writes the same workbook; part of a file's name. */
  readonly of: string;
  readonly number: number;
}

/**
 * Puts the workbook at `dir/name`, complete or not at all, also when the process or the machine stops meanwhile. One that
 * is there already is replaced. What earlier attempts left is removed; the rename of one that only seemed dead then fails.
 * Throws ReportDirUnusable.
 */
export async function publishWorkbook(
  dir: string,
  name: string,
  bytes: Uint8Array,
  attempt: Attempt,
): Promise<{ path: string; sha256: string; bytes: number }> {
  const path = join(dir, name);
  const ours = `.${name}.${attempt.of}.`;
  const temporary = join(dir, `${ours}${attempt.number}.tmp`);
  try {
    await mkdir(dir, { recursive: true });
    await removeEarlier(dir, ours, attempt.number);
    await writeThrough(temporary, bytes);
    await failpoint('before-workbook-rename');
    await rename(temporary, path);
    await failpoint('after-workbook-rename');
    await syncFolder(dir);
    await removeAbandoned(dir);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new ReportDirUnusable(dir, cause);
  }
  return { path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength };
}

async function removeEarlier(dir: string, ours: string, own: number): Promise<void> {
  for (const name of await readdir(dir)) {
    if (name.startsWith(ours) && Number.parseInt(name.slice(ours.length), 10) < own)
      await rm(join(dir, name), { force: true });
  }
}

async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx');
  await file.writeFile(bytes);
  await file.sync();
}

/** Without this the rename itself may be lost with the power. Windows cannot open a folder, and does not need to. */
async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using folder = await open(dir, 'r');
  await folder.sync();
}

/** What was left behind when nothing made a second attempt. */
async function removeAbandoned(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!temporaryName.test(name)) continue;
    const path = join(dir, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > abandonedAfter) await rm(path, { force: true });
  }
}
