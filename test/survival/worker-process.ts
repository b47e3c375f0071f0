import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Failpoint } from '../../src/failpoints.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { until, within } from './waiting.ts';

const program = fileURLToPath(new URL('../../bin/charlie.js', import.meta.url));

const running = new Set<ChildProcess>();
// What a test that failed in the middle leaves behind. SIGKILL ends stopped processes too.
process.once('exit', killAllWorkers);

/** After a test has timed out, whatever it started is still there. */
export function killAllWorkers(): void {
  for (const child of running) child.kill('SIGKILL');
}

export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `charlie worker` in a process of its own. Disposing ends it, stopped or not. */
export class WorkerProcess implements AsyncDisposable {
  readonly ended: Promise<WorkerEnd>;
  readonly #child: ChildProcess;
  #log = '';

  /** Does not wait until it works: see `ready`. */
  static spawn(
    pipeline: Pipeline,
    failpoint?: `${Failpoint}:${'kill' | 'stop' | 'hang'}`,
    env: Readonly<Record<string, string>> = {},
    {
      by = [],
      watch = false,
    }: {
      /** Becomes the worker: a program and its arguments, to which the worker's own are appended. */
      readonly by?: readonly string[];
      /** Watches folders, too. */
      readonly watch?: boolean;
    } = {},
  ): WorkerProcess {
    const { PATH = '', HOME = '' } = process.env;
    const armed = failpoint === undefined ? {} : { CHARLIE_FAILPOINT: failpoint };
    const worker = [process.execPath, program, 'worker', ...(watch ? ['--watch'] : [])];
    const [path = '', ...args] = [...by, ...worker];
    return new WorkerProcess(
      spawn(path, args, {
        cwd: pipeline.dir,
        env: { PATH, HOME, ...pipeline.env, ...armed, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  static async start(...parameters: Parameters<typeof WorkerProcess.spawn>): Promise<WorkerProcess> {
    const worker = WorkerProcess.spawn(...parameters);
    await worker.ready();
    return worker;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#log += data.toString();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The lines, as JSON, on standard output and standard error. */
  get log(): string {
    return this.#log;
  }

  async ready(): Promise<void> {
    await this.logs('Worker started');
  }

  async logs(message: string): Promise<void> {
    await until(
      `the worker says "${message}"`,
      () => {
        if (this.#log.includes(`"msg":"${message}`)) return true;
        if (!running.has(this.#child)) throw new Error(`The worker has ended:\n${this.#log}`);
        return false;
      },
      () => this.#log,
    );
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Its end, however it comes. */
  async end(): Promise<WorkerEnd> {
    return within(100, 'the end of the worker', this.ended, () => this.#log);
  }

  /** Settles when its process is stopped, as by SIGSTOP. */
  async stopped(): Promise<void> {
    await until(
      'the worker is stopped',
      async () => (await this.state()) === 'T',
      () => this.#log,
    );
  }

  /** The letter that `ps -o stat=` begins with. */
  async state(): Promise<string> {
    const pid = `${this.pid}`;
    if (process.platform !== 'linux') {
      const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', pid]);
      return stdout.trim().slice(0, 1);
    }
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // proc_pid_stat(5): the name in parentheses may hold anything.
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
