import { Command } from 'commander';

import { armFailpoint } from '../failpoints.ts';
import { createLogger } from '../telemetry/logger.ts';
import { startWorker } from '../worker.ts';
import type { CommandContext } from './command-context.ts';
import { type ConfigOption, commandSettings, configOption, requireDatabaseUrl } from './command-settings.ts';
import { workUntilStopped } from './work-until-stopped.ts';

export function workerCommand(context: CommandContext): Command {
  return new Command('worker')
    .description('do the work of the jobs until stopped; any number of workers share it')
    .option(...configOption)
    .action((options: ConfigOption) => work(context, options));
}

async function work(context: CommandContext, options: ConfigOption): Promise<void> {
  const settings = commandSettings(context, options);
  armFailpoint(context.env);
  const databaseUrl = requireDatabaseUrl(settings);
  const logger = await createLogger({
    level: settings.scheduler.logLevel,
    to: 'stdout',
    rotatedDir: settings.logs.dir,
  });
  const worker = await startWorker({ settings, databaseUrl, logger });
  await workUntilStopped(worker, logger);
}
