import type { Command } from 'commander';

import type { JobConfig } from '../domain/job.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';

export interface RunConfigOptions {
  readonly full: boolean;
  readonly forceRecreate: boolean;
  readonly dropGone: boolean;
  readonly dryRun: boolean;
  readonly ci: boolean;
}

/** What one run may be told to do differently. */
export function withRunConfig(command: Command): Command {
  return command
    .option('--dry-run', 'only say what would be loaded', false)
    .option('--full', 'read files that are loaded again, too, however old they are', false)
    .option(
      '--force-recreate',
      'read loaded files again whatever becomes of their rows, and compute the figures anew',
      false,
    )
    .option(
      '--drop-gone',
      'with --force-recreate: drop the rows of files that are gone from the folder',
      false,
    )
    .option('--ci', 'plain output, and failure when a file failed or was refused', false);
}

/** Null: nothing was asked for. Throws CommandFailed. */
export function runConfigOf(options: RunConfigOptions): Partial<JobConfig> | null {
  if (options.dropGone && !options.forceRecreate)
    throw new CommandFailed(
      exitCodes.usage,
      '--drop-gone belongs to --force-recreate. Add that, or leave both out.',
    );
  const config: Partial<JobConfig> = {
    ...(options.full && { incrementalMode: 'full' }),
    ...(options.forceRecreate && { forceRecreate: true }),
    ...(options.dropGone && { dropGone: true }),
    ...(options.ci && { ciMode: true }),
    ...(options.dryRun && { dryRun: true }),
  };
  return Object.keys(config).length === 0 ? null : config;
}

/** Nobody is there to watch or to answer. */
export function inCi(context: CommandContext, { ci }: RunConfigOptions): CommandContext {
  return ci ? { ...context, interactive: false, ask: null } : context;
}
