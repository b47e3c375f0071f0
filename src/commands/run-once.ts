import { Command } from 'commander';

import { syncJobId } from '../schedules/jobs.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { withRunConfig } from './run-config-options.ts';
import { type RunHereOptions, runHere } from './run-here.ts';

export function runOnceCommand(context: CommandContext): Command {
  return withRunConfig(
    new Command('run-once').description('do one iteration of the sync job in this process, then exit'),
  )
    .option(...configOption)
    .addOption(outputOption())
    .action((options: RunHereOptions) =>
      runHere(context, options, syncJobId, () => ({ kind: 'sharepoint' })),
    );
}
