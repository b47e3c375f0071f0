import type { Command } from 'commander';

import type { CommandContext } from '../../src/commands/command-context.ts';
import { datasetsCommand } from '../../src/commands/datasets.ts';
import { exitCodeOf } from '../../src/commands/exit-code-of.ts';

export interface Output {
  readonly stdout: string;
  readonly exitCode: number;
  readonly message: string;
}

/** Runs `charlie datasets …` in a folder, without a database, a server or an environment. */
export async function datasets(cwd: string, ...args: readonly string[]): Promise<Output> {
  let stdout = '';
  const context: CommandContext = {
    cwd,
    env: {},
    stdout: (text) => (stdout += text),
    stderr: () => undefined,
    columns: 90,
    interactive: false,
    ask: null,
  };
  const command = datasetsCommand(context);
  silence(command);
  try {
    await command.parseAsync(args, { from: 'user' });
    return { stdout, exitCode: 0, message: '' };
  } catch (error) {
    return { stdout, exitCode: exitCodeOf(error), message: error instanceof Error ? error.message : '' };
  }
}

function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  for (const child of command.commands) silence(child);
}
