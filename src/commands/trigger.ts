import { Command } from 'commander';

import { syncJobId } from '../schedules/jobs.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { withRunConfig } from './run-config-options.ts';
import { withTemporal } from './schedules-command.ts';
import { type TriggerOptions, triggerAndWait } from './trigger-and-wait.ts';

export function triggerCommand(context: CommandContext): Command {
  return withRunConfig(
    new Command('trigger')
      .description('run the sync job now, respecting its overlap policy, and wait for the outcome')
      .option('--force', 'run also beside a run that is under way', false),
  )
    .option('--no-wait', 'return as soon as the run has started')
    .option(...configOption)
    .addOption(outputOption())
    .action((options: TriggerOptions) =>
      withTemporal(context, options, (client, settings) =>
        triggerAndWait({ client, settings }, syncJobId, context, options),
      ),
    );
}
