import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isMissing } from '../domain/is-missing.ts';
import { isRunning, ownRecord, parseProcessRecord } from './process-identity.ts';

export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning';
  readonly pid: number;

  constructor(pid: number, stateDir: string) {
    super(
      `Another charlie (process ${pid}) already runs on ${stateDir}. ` +
        `Stop it with Ctrl-C in its terminal or \`kill ${pid}\`.`,
    );
    this.pid = pid;
  }
}

/**
 * Claims the state directory for this process until it calls the returned function or ends, however it ends.
 *
 * Claims are numbered files. Who finds the last one given up links the next number, which only one process can; a claim
 * is deleted by its successor alone, so whoever links a number that was deleted sees a higher one and steps back.
 * @throws {AlreadyRunning}
 */
export async function claimStateDirectory(stateDir: string): Promise<() => Promise<void>> {
  const draft = join(stateDir, `claim.${randomUUID()}`);
  await writeFile(draft, JSON.stringify(await ownRecord()), { mode: 0o600 });
  try {
    for (;;) {
      const last = await lastClaim(stateDir);
      await refuseIfHeld(claimFile(stateDir, last), stateDir);
      const own = claimFile(stateDir, last + 1);
      if (!(await tryLink(draft, own))) continue;
      if ((await lastClaim(stateDir)) === last + 1) {
        await rm(claimFile(stateDir, last), { force: true });
        return () => truncate(own);
      }
      await rm(own);
    }
  } finally {
    await rm(draft);
  }
}

async function lastClaim(stateDir: string): Promise<number> {
  const names = await readdir(stateDir);
  return Math.max(0, ...names.map((name) => Number(/^charlie\.(\d+)\.pid$/.exec(name)?.[1] ?? 0)));
}

function claimFile(stateDir: string, number: number): string {
  return join(stateDir, `charlie.${number}.pid`);
}

async function tryLink(draft: string, own: string): Promise<boolean> {
  try {
    await link(draft, own);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function refuseIfHeld(claim: string, stateDir: string): Promise<void> {
  try {
    const record = parseProcessRecord(await readFile(claim, 'utf8'));
    if (record !== null && (await isRunning(record))) throw new AlreadyRunning(record.pid, stateDir);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
