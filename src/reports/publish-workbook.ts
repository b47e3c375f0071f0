import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { failpoint } from '../failpoints.ts';

const temporaryName = /^\..+\.xlsx\.[0-9a-f-]{36}\.tmp$/;
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

/**
 * Puts the workbook at `dir/name`, complete or not at all, also when the process or the machine stops meanwhile. One that
 * is there already is replaced. Throws ReportDirUnusable.
 */
export async function publishWorkbook(
  dir: string,
  name: string,
  bytes: Uint8Array,
): Promise<{ path: string; sha256: string; bytes: number }> {
  const path = join(dir, name);
  const temporary = join(dir, `.${name}.${randomUUID()}.tmp`);
  try {
    await mkdir(dir, { recursive: true });
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

/** What attempts left behind that were killed in mid-write. */
async function removeAbandoned(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!temporaryName.test(name)) continue;
    const path = join(dir, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > abandonedAfter) await rm(path, { force: true });
  }
}
