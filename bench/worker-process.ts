import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface WorkerProcess {
  /** As Temporal names the worker: `pid@host`. */
  readonly pid: number;
  kill(): void;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
  /** The next message of the process after this one was sent to it. */
  ask<Answer>(question: string): Promise<Answer>;
}

/** A worker in a process of its own, polling when this resolves: it has logged `ready`. */
export async function startWorkerProcess(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly ready: string },
): Promise<WorkerProcess> {
  const { cwd, env, ready } = options;
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const abandon = (): boolean => child.kill('SIGKILL');
  process.once('exit', abandon);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      process.off('exit', abandon);
      resolve();
    });
  });
  await untilLogged(child, ready);
  return {
    pid: child.pid ?? 0,
    kill: () => child.kill('SIGKILL'),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
    ask: async (question) => {
      const answered = once(child, 'message');
      child.send(question);
      const [answer] = (await answered) as [never];
      return answer;
    },
  };
}

/** Goes on reading afterwards: a process whose output nobody takes would stand still. */
function untilLogged(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('The worker was started without a pipe');
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      if (line.includes(text)) resolve();
    });
    child.once('close', (code) => {
      reject(new Error(`The worker ended with ${code ?? 'a signal'} before it was ready`));
    });
  });
}
