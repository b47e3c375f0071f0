import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { isMissing } from '../domain/is-missing.ts';
import type { ProcessRecord } from './process-identity.ts';
import { isRunning, parseProcessRecord, processIdentity } from './process-identity.ts';
import { writeAtomically } from './write-atomically.ts';

const pollMs = 20;
const forcedWaitMs = 5000;
const tailBytes = 4096;
const tailLines = 15;

/** How a server is asked to end: politely, then by force, then by SIGKILL. */
export interface StopPlan {
  readonly signal: NodeJS.Signals;
  /** What `signal` is given before `forced` follows. */
  readonly waitMs: number;
  readonly forced: NodeJS.Signals;
}

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

export interface ServerCommand {
  /** Names the files `<name>.pid` and `<name>.log` in the state directory. */
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly stateDir: string;
  readonly stopPlan: StopPlan;
  readonly cwd?: string;
  /** Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: UserIds | null;
}

export interface ServerExit {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** False: nobody here asked for it. */
  readonly requested: boolean;
  readonly logFile: string;
  readonly lastLogLines: string;
}

/** A server in a process group of its own, so that Ctrl-C reaches only who started it, and it is stopped in order. */
export class SupervisedProcess {
  readonly pid: number;
  readonly exited: Promise<ServerExit>;
  readonly #record: ProcessRecord | null;
  readonly #stopPlan: StopPlan;
  #requested = false;
  #ended = false;

  constructor(
    child: ChildProcess & { readonly pid: number },
    record: ProcessRecord | null,
    command: ServerCommand,
  ) {
    this.pid = child.pid;
    this.#record = record;
    this.#stopPlan = command.stopPlan;
    this.exited = this.#watch(child, command);
  }

  /** Ends when the server has. Calling it twice is safe. */
  async stop(): Promise<ServerExit> {
    this.#requested = true;
    if (this.#record !== null) await stopRecorded(this.#record, this.#stopPlan);
    return this.exited;
  }

  /** By force and without waiting, for the way out of a process that cannot wait. `exited` tells when it has ended. */
  kill(): void {
    this.#requested = true;
    if (!this.#ended) signalGroup(this.pid, this.#stopPlan.forced);
  }

  async #watch(child: ChildProcess, command: ServerCommand): Promise<ServerExit> {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.#ended = true;
    await rm(pidFile(command.stateDir, command.name), { force: true });
    const logFile = logPath(command);
    return {
      name: command.name,
      code: child.exitCode,
      signal: child.signalCode,
      requested: this.#requested,
      logFile,
      lastLogLines: await lastLines(logFile),
    };
  }
}

/** Standard output and error go to `<name>.log`; the log of the run before is kept as `<name>.previous.log`. */
export async function startSupervised(command: ServerCommand): Promise<SupervisedProcess> {
  await keepPreviousLog(command);
  const log = await open(logPath(command), 'w', 0o600);
  try {
    const child = spawn(command.path, command.args, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      ...(command.env === undefined ? {} : { env: command.env }),
      ...(command.user ?? {}),
    });
    await once(child, 'spawn');
    if (!hasPid(child)) throw new Error(`${command.path} was started and has no process id.`);
    const identity = await processIdentity(child.pid);
    const record = identity === null ? null : { pid: child.pid, identity };
    if (record !== null)
      await writeAtomically(pidFile(command.stateDir, command.name), JSON.stringify(record));
    return new SupervisedProcess(child, record, command);
  } finally {
    await log.close();
  }
}

/**
 * Stops the server that an earlier run left behind, if it still runs.
 * Returns the process id that it had, also when it was gone already; null when no run left a record.
 */
export async function stopOrphan(stateDir: string, name: string, plan: StopPlan): Promise<number | null> {
  let text: string;
  try {
    text = await readFile(pidFile(stateDir, name), 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const record = parseProcessRecord(text);
  if (record !== null) await stopRecorded(record, plan);
  await rm(pidFile(stateDir, name), { force: true });
  return record?.pid ?? null;
}

async function stopRecorded(record: ProcessRecord, plan: StopPlan): Promise<void> {
  const steps = [
    { signal: plan.signal, waitMs: plan.waitMs },
    { signal: plan.forced, waitMs: forcedWaitMs },
    { signal: 'SIGKILL', waitMs: forcedWaitMs },
  ] as const;
  for (const { signal, waitMs } of steps) {
    if (!(await isRunning(record))) return;
    signalGroup(record.pid, signal);
    if (await endsWithin(record, waitMs)) return;
  }
}

async function endsWithin(record: ProcessRecord, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (performance.now() < deadline) {
    if (!(await isRunning(record))) return true;
    await delay(pollMs);
  }
  return false;
}

/** To the whole group, since `path` may be a wrapper script that waits for the real server. */
function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function keepPreviousLog(command: ServerCommand): Promise<void> {
  try {
    await rename(logPath(command), join(command.stateDir, `${command.name}.previous.log`));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function lastLines(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const length = Math.min(size, tailBytes);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString('utf8').trim().split('\n').slice(-tailLines).join('\n');
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}

function hasPid(child: ChildProcess): child is ChildProcess & { readonly pid: number } {
  return child.pid !== undefined;
}

function logPath(command: ServerCommand): string {
  return join(command.stateDir, `${command.name}.log`);
}

function pidFile(stateDir: string, name: string): string {
  return join(stateDir, `${name}.pid`);
}
