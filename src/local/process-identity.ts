import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process as it is remembered on disk. The id alone is not enough: the system gives it to another one later. */
export interface ProcessRecord {
  readonly pid: number;
  readonly identity: string;
}

/** What tells a running process from any other that ever had its id: when it started. Null: there is none. */
export async function processIdentity(pid: number): Promise<string | null> {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
}

export async function isRunning(record: ProcessRecord): Promise<boolean> {
  return (await processIdentity(record.pid)) === record.identity;
}

export async function ownRecord(): Promise<ProcessRecord> {
  const identity = await processIdentity(process.pid);
  if (identity === null) throw new Error('This process cannot see its own start time (/proc or ps).');
  return { pid: process.pid, identity };
}

/** Null when the text is none, as after a full disk. */
export function parseProcessRecord(text: string): ProcessRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('identity' in value)) return null;
  const { pid, identity } = value;
  // Signals to 0 and to negative ids go to whole groups.
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 1 || typeof identity !== 'string')
    return null;
  return { pid, identity };
}

async function identityFromProc(pid: number): Promise<string | null> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // proc_pid_stat(5): the name in parentheses may hold anything; after it come state (3rd) to starttime (22nd).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    // A zombie has ended and only waits for its parent.
    return state === 'Z' || startTicks === undefined ? null : `${boot.trim()}/${startTicks}`;
  } catch {
    return null;
  }
}

async function identityFromPs(pid: number): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', `${pid}`]);
    const [state = 'Z', ...started] = stdout.trim().split(/\s+/);
    return state.startsWith('Z') ? null : started.join(' ');
  } catch {
    return null;
  }
}
