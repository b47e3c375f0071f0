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

  constructor(stateDir: string, found: string, expected: string) {
    super(
      `${stateDir} was moved or copied, and its Postgres data are still in ${found}. ` +
        `When it was moved: \`mv ${found} ${expected}\`; when it was copied, begin anew with --fresh.`,
    );
  }
}

export class PostgresDataUnreachable extends Error {
  override readonly name = 'PostgresDataUnreachable';

  constructor(dir: string, user: UserIds) {
    super(
      `Postgres cannot run as root, so it runs as the owner of its data, and that user (id ${user.uid}) may not enter ` +
        `the folders above ${dir}. Let it pass through them (\`chmod o+x\`), or run charlie as that user.`,
    );
  }
}

/**
 * Where the data are, made when they are not, and as whom Postgres runs: it refuses to run as root.
 * @throws {NoUnprivilegedUser} {@link PostgresDataElsewhere} {@link PostgresDataUnreachable}
 */
export async function preparePostgresPlace(stateDir: string): Promise<PostgresPlace> {
  const inside = join(stateDir, 'postgres');
  if (!isRoot()) {
    await mkdir(inside, { recursive: true, mode: 0o700 });
    return { dir: inside, user: null };
  }
  const owner = await ownerOf(inside);
  const user = owner ?? (await findUnprivilegedUser());
  const dir = (await outsidePlace(stateDir, user)) ?? inside;
  if (owner !== null && dir !== inside) throw new PostgresDataUnreachable(inside, owner);
  const ownerOfData = await ownerOf(dir);
  if (ownerOfData !== null) return { dir, user: ownerOfData };

  await mkdir(dirname(dir), { recursive: true, mode: 0o755 });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chown(dir, user.uid, user.gid);
  return { dir, user };
}

/** Where the data would be, without making anything. */
export async function findPostgresPlace(stateDir: string): Promise<string> {
  return (isRoot() ? await readNote(stateDir) : null) ?? join(stateDir, 'postgres');
}

export async function removePostgresNote(stateDir: string): Promise<void> {
  await rm(join(stateDir, noteFile), { force: true });
}

/** Whether the user may enter the folder and each one above it. */
export async function canEnter(folder: string, user: UserIds): Promise<boolean> {
  const { uid, gid, mode } = await stat(folder);
  const allowed = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & allowed) === 0) return false;
  return folder === dirname(folder) || canEnter(dirname(folder), user);
}

/** The place below `sharedDirectory`, noted in the state directory; null when the user can have its data in there. */
async function outsidePlace(stateDir: string, user: UserIds): Promise<string | null> {
  const real = await realpath(stateDir);
  const noted = await readNote(stateDir);
  if (noted === null && (await canEnter(real, user))) return null;
  const outside = join(sharedDirectory, createHash('sha256').update(real).digest('hex').slice(0, 16));
  if (noted === outside) return outside;
  if (noted === null) {
    // Data without a note are those of a state directory that was here before and was deleted, with their password.
    if (await exists(outside)) await rename(outside, `${outside}.deleted-${randomUUID()}`);
  } else if (await exists(noted)) {
    throw new PostgresDataElsewhere(stateDir, noted, outside);
  }
  await writeFile(join(stateDir, noteFile), `${outside}\n`);
  return outside;
}

/** A path that this file did not write is not followed: what it names is deleted by `removePostgresData`. */
async function readNote(stateDir: string): Promise<string | null> {
  const path = join(stateDir, noteFile);
  if (!(await exists(path))) return null;
  const noted = (await readFile(path, 'utf8')).trim();
  return dirname(noted) === sharedDirectory ? noted : null;
}

/** Null: nothing is there, or it is root's, who is not to run Postgres. */
async function ownerOf(path: string): Promise<UserIds | null> {
  if (!(await exists(path))) return null;
  const { uid, gid } = await stat(path);
  return uid === 0 ? null : { uid, gid };
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
