import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/charlie.js', import.meta.url));

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandSurroundings {
  readonly cwd: string;
  /** Instead of this process's environment, of which only PATH and HOME are handed on. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs `charlie` as a person would, in a process of its own. */
export function charlie(args: readonly string[], { cwd, env }: CommandSurroundings): Promise<CommandResult> {
  return execute(process.execPath, [program, ...args], { cwd, env });
}

/** Runs any program to its end. */
export function execute(
  path: string,
  args: readonly string[],
  { cwd, env }: CommandSurroundings,
): Promise<CommandResult> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(path, args, { cwd, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      resolve({ exitCode, stdout, stderr });
    });
  });
}
