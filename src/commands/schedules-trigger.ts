import { Command } from 'commander';

import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { withRunConfig } from './run-config-options.ts';
import { withTemporal } from './schedules-command.ts';
import { type TriggerOptions, triggerAndWait } from './trigger-and-wait.ts';

export function schedulesTriggerCommand(context: CommandContext): Command {
  return withRunConfig(
    new Command('trigger')
      .description(
        'run a job now, also a paused one, respecting its overlap policy, and wait for the outcome',
      )
      .argument('<id>', 'the job')
      .option('--force', 'run also beside a run that is under way', false),
  )
    .option('--no-wait', 'return as soon as the run has started')
    .option(...configOption)
    .addOption(outputOption())
    .action((id: string, options: TriggerOptions) =>
      withTemporal(context, options, (client, settings) =>
        triggerAndWait({ client, settings }, id, context, options),
      ),
    );
}
