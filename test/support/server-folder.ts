import { chmod, mkdtemp, readdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isMissing } from '../../src/domain/is-missing.ts';
import { removePostgresData } from '../../src/local/postgres-server.ts';
import { isRunning, ownRecord, parseProcessRecord } from '../../src/local/process-identity.ts';
import { prepareStateDirectory } from '../../src/local/state-directory.ts';
import { stopLeftTemporal } from '../../src/local/temporal-server.ts';
import { writeAtomically } from '../../src/local/write-atomically.ts';

const prefix = 'charlie-test-';
const ownerFile = 'run.pid';
const stateName = 'state';

/** A file system in memory: what a database does to its files there takes a fifth of the processor time. */
const memory = '/dev/shm';
/** More than all tests at once write. */
const enoughBytes = 4 * 2 ** 30;

export interface ServerFolder {
  /** To be removed as a whole. */
  readonly path: string;
  /** The state directory of the servers, in it. */
  readonly stateDir: string;
}

/** A folder for servers of this process: when it is killed, the next test run stops them and removes the folder. */
export async function makeServerFolder(): Promise<ServerFolder> {
  const path = await mkdtemp(join(await parentFolder(), prefix));
  // As root, Postgres runs as another user, who has to pass.
  await chmod(path, 0o711);
  await writeAtomically(join(path, ownerFile), JSON.stringify(await ownRecord()));
  const stateDir = join(path, stateName);
  await prepareStateDirectory(stateDir);
  return { path, stateDir };
}

/** What killed runs of the same user left behind. */
export async function removeLeftovers(): Promise<void> {
  const folders = await Promise.all([tmpdir(), memory].map(foldersOfRuns));
  for (const left of folders.flat()) {
    try {
      if ((await stat(left)).uid !== process.getuid?.()) continue;
      const owner = parseProcessRecord(await readFile(join(left, ownerFile), 'utf8'));
      if (owner === null || (await isRunning(owner))) continue;
    } catch (error) {
      if (isMissing(error)) continue;
      throw error;
    }
    const stateDir = join(left, stateName);
    await Promise.all([stopLeftTemporal(stateDir), removePostgresData(stateDir)]);
    await rm(left, { recursive: true, force: true });
  }
}

async function parentFolder(): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(memory);
    return bavail * bsize >= enoughBytes ? memory : tmpdir();
  } catch (error) {
    if (isMissing(error)) return tmpdir();
    throw error;
  }
}

async function foldersOfRuns(parent: string): Promise<string[]> {
  try {
    const names = await readdir(parent);
    return names.filter((name) => name.startsWith(prefix)).map((name) => join(parent, name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
