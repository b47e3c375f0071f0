import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { charlie as commandLine } from '../../src/commands/charlie.ts';

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

/** The same in this process, where a start costs nothing; for what is not about processes. */
export async function charlieHere(
  args: readonly string[],
  { cwd, env }: CommandSurroundings,
): Promise<CommandResult> {
  const { PATH = '', HOME = '' } = process.env;
  let [stdout, stderr] = ['', ''];
  const exitCode = await commandLine(args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    columns: 200,
    interactive: false,
    ask: null,
  });
  return { exitCode, stdout, stderr };
}

/** What this process was started with, but for what vitest.config.ts adds for itself: a process of the product runs as in production. */
export function outerEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, TEMPORAL_DEBUG: undefined };
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
