import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { chown, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { exists } from './file-exists.ts';
import type { UserIds } from './supervised-process.ts';

/** As root, what a Postgres of another user must reach and cannot in a private folder is kept here. */
export const sharedDirectory = '/var/lib/charlie-reporting';

const noteFile = 'postgres-data-is-elsewhere.txt';

export interface PostgresPlace {
  /** Owned by the user that Postgres runs as, and readable for it alone; holds the folder `data`. */
  readonly dir: string;
  /** Null: the user of this process. */
  readonly user: UserIds | null;
}

export class NoUnprivilegedUser extends Error {
  override readonly name = 'NoUnprivilegedUser';

  constructor(tried: readonly string[]) {
    super(
      `Postgres refuses to run as root, and this system has none of the users ${tried.join(', ')} to run it as. ` +
        'Create one (`useradd --system postgres`), or run charlie as another user.',
    );
  }
}

export class PostgresDataElsewhere extends Error {
  override readonly name = 'PostgresDataElsewhere';

  constructor(found: string, expected: string, why: string) {
    super(
      `The Postgres data of this state directory are in ${found}, and ${expected} is expected: ${why}. ` +
        `Move them (\`mv '${found}' '${expected}'\`), or begin anew with --fresh.`,
    );
  }
}

/**
 * Where the data are, made when they are not, and as whom Postgres runs: it refuses to run as root.
 * @throws {NoUnprivilegedUser} {@link PostgresDataElsewhere}
 */
export async function preparePostgresPlace(stateDir: string): Promise<PostgresPlace> {
  const inside = join(stateDir, 'postgres');
  if (!isRoot()) {
    await mkdir(inside, { recursive: true, mode: 0o700 });
    return { dir: inside, user: null };
  }
  const dir = await placeForRoot(stateDir);
  if (dir !== inside) await noteOutsidePlace(stateDir, dir);
  if (await exists(dir)) {
    const { uid, gid } = await stat(dir);
    if (uid !== 0) return { dir, user: { uid, gid } };
  }
  const user = await findUnprivilegedUser();
  await mkdir(dirname(dir), { recursive: true, mode: 0o755 });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chown(dir, user.uid, user.gid);
  return { dir, user };
}

/** Where the data would be, without making anything. */
export async function findPostgresPlace(stateDir: string): Promise<string> {
  const inside = join(stateDir, 'postgres');
  if (!isRoot() || (await exists(inside))) return inside;
  const noted = await readNote(stateDir);
  return noted ?? inside;
}

export async function removePostgresNote(stateDir: string): Promise<void> {
  await rm(join(stateDir, noteFile), { force: true });
}

/** Whether any user may enter the folder and each one above it, and read what is in it. */
export async function reachableByOthers(folder: string): Promise<boolean> {
  const real = await realpath(folder);
  if (((await stat(real)).mode & 0o004) === 0) return false;
  return traversableByOthers(real);
}

async function traversableByOthers(folder: string): Promise<boolean> {
  if (((await stat(folder)).mode & 0o001) === 0) return false;
  return folder === dirname(folder) || traversableByOthers(dirname(folder));
}

async function placeForRoot(stateDir: string): Promise<string> {
  const real = await realpath(stateDir);
  const inside = join(stateDir, 'postgres');
  const outside = join(sharedDirectory, createHash('sha256').update(real).digest('hex').slice(0, 16));
  const isReachable = await traversableByOthers(real);
  if (!isReachable && (await exists(inside))) {
    throw new PostgresDataElsewhere(inside, outside, `the user that they belong to cannot enter ${real}`);
  }
  const noted = await readNote(stateDir);
  if (noted !== null && (await exists(noted))) {
    if (noted !== outside) throw new PostgresDataElsewhere(noted, outside, 'the folder was moved or copied');
    return outside;
  }
  return isReachable ? inside : outside;
}

async function noteOutsidePlace(stateDir: string, dir: string): Promise<void> {
  if ((await readNote(stateDir)) === dir) return;
  // Data without a note are those of a state directory that was here before and was deleted, with their password.
  if (await exists(dir)) await rename(dir, `${dir}.deleted-${randomUUID()}`);
  await writeFile(join(stateDir, noteFile), `${dir}\n`);
}

/** A path that this file did not write is not followed: what it names is deleted by `removePostgresData`. */
async function readNote(stateDir: string): Promise<string | null> {
  const path = join(stateDir, noteFile);
  if (!(await exists(path))) return null;
  const noted = (await readFile(path, 'utf8')).trim();
  return dirname(noted) === sharedDirectory ? noted : null;
}

async function findUnprivilegedUser(): Promise<UserIds> {
  const names = ['postgres', '_postgres', 'nobody'];
  for (const name of names) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)]);
    if (uid !== null && gid !== null && uid !== 0) return { uid, gid };
  }
  throw new NoUnprivilegedUser(names);
}

async function idOf(option: '-u' | '-g', user: string): Promise<number | null> {
  try {
    return Number((await promisify(execFile)('id', [option, user])).stdout);
  } catch {
    return null;
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
