import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const name = /^charlie-worker-(\d+)\.sock$/;

/** Where the worker with this process id says how it is: in the system's folder for temporary files. */
export function healthSocket(pid: number): string {
  return join(tmpdir(), `charlie-worker-${pid}.sock`);
}

/** Process ids of the workers that are here, or were here and were killed. */
export function workersHere(): number[] {
  return readdirSync(tmpdir()).flatMap((file) => {
    const pid = name.exec(file)?.[1];
    return pid === undefined ? [] : [Number(pid)];
  });
}
