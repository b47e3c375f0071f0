import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isMissing } from './is-missing.ts';
import { isRunning, ownRecord, parseProcessRecord } from './process-identity.ts';

export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning';
  readonly pid: number;

  constructor(pid: number, stateDir: string) {
    super(
      `Another charlie (process ${pid}) already runs on ${stateDir}. ` +
        `Stop it with Ctrl-C in its terminal or \`kill ${pid}\`, or use a state directory of your own.`,
    );
    this.pid = pid;
  }
}

/**
 * Claims the state directory for this process until it calls the returned function or ends, however it ends.
 * @throws {AlreadyRunning}
 */
export async function claimStateDirectory(stateDir: string): Promise<() => Promise<void>> {
  const lock = join(stateDir, 'charlie.pid');
  const own = `${lock}.${randomUUID()}`;
  await writeFile(own, JSON.stringify(await ownRecord()), { mode: 0o600 });
  try {
    // Only one process can make the link; every round that fails has moved the lock of an ended process away.
    while (!(await tryLink(own, lock))) await removeIfStale(lock, stateDir);
  } finally {
    await rm(own, { force: true });
  }
  return () => rm(lock, { force: true });
}

async function tryLink(own: string, lock: string): Promise<boolean> {
  try {
    await link(own, lock);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function removeIfStale(lock: string, stateDir: string): Promise<void> {
  await refuseIfHeld(lock, stateDir);
  // By rename: of two processes that saw the same stale lock, one may have made its own by now.
  const aside = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, aside);
    await refuseIfHeld(aside, stateDir).catch(async (error: unknown) => {
      await tryLink(aside, lock);
      throw error;
    });
  } catch (error) {
    if (!isMissing(error)) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function refuseIfHeld(lock: string, stateDir: string): Promise<void> {
  try {
    const record = parseProcessRecord(await readFile(lock, 'utf8'));
    if (record !== null && (await isRunning(record))) throw new AlreadyRunning(record.pid, stateDir);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
