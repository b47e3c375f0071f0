import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { ownRecord } from './process-identity.ts';
import { writeAtomically } from './write-atomically.ts';

/** What the running local stack tells the other commands. It holds secrets: only its owner may read it. */
export interface StackFile {
  readonly pid: number;
  /** With `pid`, names one process of all times. */
  readonly identity: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** `section.key` of settings.toml: the lowest layer of the settings while the stack runs. */
  readonly settings: Readonly<Record<string, string>>;
}

export async function writeStackFile(
  stateDir: string,
  startedAt: Date,
  settings: StackFile['settings'],
): Promise<void> {
  const content: StackFile = { ...(await ownRecord()), startedAt: startedAt.toISOString(), settings };
  await writeAtomically(stackFile(stateDir), `${JSON.stringify(content, null, 2)}\n`);
}

export async function removeStackFile(stateDir: string): Promise<void> {
  await rm(stackFile(stateDir), { force: true });
}

function stackFile(stateDir: string): string {
  return join(stateDir, 'stack.json');
}
