import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { exists } from '../../src/local/file-exists.ts';
import { cacheDir } from '../support/rclone.ts';

const execute = promisify(execFile);
const requirements = join(import.meta.dirname, 'schemathesis.requirements.txt');

/** Path of the program, of a Python environment that is made once: 12 s. Throws with the reason why it cannot be had. */
export async function schemathesisProgram(): Promise<string> {
  const { stdout } = await execute('python3', [
    '-c',
    'import sys, sysconfig; print(sys.version, sysconfig.get_platform())',
  ]);
  const key = createHash('sha256')
    .update(stdout)
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheDir, `schemathesis-${key}`);
  const program = join(folder, 'bin', 'schemathesis');
  if (await exists(join(folder, 'complete'))) return program;

  console.log('Installing schemathesis from PyPI with pip ...');
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  await rm(folder, { recursive: true, force: true });
  await execute('python3', ['-m', 'venv', folder]);
  await execute(join(folder, 'bin', 'python'), [
    ...['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir'],
    ...['--no-deps', '--only-binary=:all:', '--requirement', requirements],
  ]);
  await mkdir(join(folder, 'complete'));
  return program;
}
