import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isMissing } from '../domain/is-missing.ts';
import { exists } from './file-exists.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { PostgresPlace } from './postgres-place.ts';
import { writeAtomically } from './write-atomically.ts';

/** The superuser and the database of the local server. */
export const localName = 'charlie';
export const passwordFile = 'postgres.password';

export interface ClusterOptions {
  readonly stateDir: string;
  readonly place: PostgresPlace;
  readonly binaries: PostgresBinaries;
  readonly onProgress: (message: string) => void;
  /** As of PostgresServerOptions. */
  readonly throwaway?: boolean;
}

export class PostgresPasswordLost extends Error {
  override readonly name = 'PostgresPasswordLost';

  constructor(dataDir: string, file: string) {
    super(
      `There are Postgres data in ${dataDir}, and the file with their password (${file}) is gone. ` +
        'Put it back, or begin anew with --fresh.',
    );
  }
}

export class InitdbFailed extends Error {
  override readonly name = 'InitdbFailed';

  constructor(dataDir: string, output: string, cause: unknown) {
    super(`initdb could not make the Postgres data directory ${dataDir}: ${output}`, { cause });
  }
}

export class PostgresDataOfOtherVersion extends Error {
  override readonly name = 'PostgresDataOfOtherVersion';

  constructor(dataDir: string, found: string, version: string) {
    super(
      `The data in ${dataDir} were written by Postgres ${found}, and this is ${version}. ` +
        'Move them with pg_dump of the old version, or begin anew with --fresh.',
    );
  }
}

/**
 * The data directory and its password, both made at the first call.
 * @throws {PostgresPasswordLost} {@link InitdbFailed} {@link PostgresDataOfOtherVersion}
 */
export async function prepareCluster(
  options: ClusterOptions,
): Promise<{ readonly dataDir: string; readonly password: string }> {
  const { stateDir, place, binaries } = options;
  const dataDir = join(place.dir, 'data');
  const file = join(stateDir, passwordFile);
  if (await exists(join(dataDir, 'PG_VERSION'))) {
    await checkVersion(dataDir, binaries.version);
    const password = await readPassword(file);
    if (password === null) throw new PostgresPasswordLost(dataDir, file);
    return { dataDir, password };
  }
  options.onProgress(
    `Making a Postgres ${binaries.version.split('.').slice(0, 2).join('.')} data directory in ${place.dir} ...`,
  );
  const password = randomBytes(18).toString('base64url');
  await writeAtomically(file, password);
  await initialise(options, password);
  return { dataDir, password };
}

/** Into a folder beside, renamed at the end: what is named `data` is whole. */
async function initialise(
  { place, binaries, throwaway = false }: ClusterOptions,
  password: string,
): Promise<void> {
  const partial = join(place.dir, 'data.partial');
  const file = join(place.dir, 'initdb.password');
  await rm(partial, { recursive: true, force: true });
  try {
    await rm(file, { force: true });
    await writeFile(file, password, { mode: 0o600 });
    if (place.user !== null) await chown(file, place.user.uid, place.user.gid);
    await promisify(execFile)(
      binaries.initdb,
      [
        ...[`--pgdata=${partial}`, `--username=${localName}`, `--pwfile=${file}`, '--auth=scram-sha-256'],
        // The same order and case rules on every machine, whatever locales it has.
        ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
        ...(throwaway ? ['--no-sync'] : []),
      ],
      { cwd: place.dir, env: { LC_ALL: 'C' }, ...(place.user ?? {}) },
    );
    await rename(partial, join(place.dir, 'data'));
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new InitdbFailed(place.dir, output, error);
  } finally {
    await rm(file, { force: true });
  }
}

async function checkVersion(dataDir: string, version: string): Promise<void> {
  const found = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  if (found !== version.split('.')[0]) throw new PostgresDataOfOtherVersion(dataDir, found, version);
}

async function readPassword(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
