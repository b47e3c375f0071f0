import { Command } from 'commander';

import { armFailpoint } from '../failpoints.ts';
import { createLogger } from '../telemetry/logger.ts';
import { watchFolders } from '../watch/watch-folders.ts';
import { watchTarget } from '../watch/watch-target.ts';
import { startWorker } from '../worker.ts';
import type { CommandContext } from './command-context.ts';
import { type ConfigOption, commandSettings, configOption, requireDatabaseUrl } from './command-settings.ts';
import { connectTemporal } from './connect-temporal.ts';
import { workUntilStopped } from './work-until-stopped.ts';

interface WorkerOptions extends ConfigOption {
  readonly watch: boolean;
}

export function workerCommand(context: CommandContext): Command {
  return new Command('worker')
    .description('do the work of the jobs until stopped; any number of workers share it')
    .option('--watch', 'also load what is dropped into the watched folders of this host', false)
    .option(...configOption)
    .action((options: WorkerOptions) => work(context, options));
}

async function work(context: CommandContext, options: WorkerOptions): Promise<void> {
  const settings = commandSettings(context, options);
  armFailpoint(context.env);
  const databaseUrl = requireDatabaseUrl(settings);
  const logger = await createLogger({
    level: settings.scheduler.logLevel,
    to: 'stdout',
    rotatedDir: settings.logs.dir,
  });
  const target = options.watch ? await watchTarget(settings) : null;
  const worker = await startWorker({
    settings,
    databaseUrl,
    logger,
    watchQueue: target?.taskQueue ?? null,
  });
  if (target === null) return workUntilStopped(worker, logger);
  await using client = await connectTemporal(settings.temporal);
  await workUntilStopped(worker, logger, (signal) =>
    watchFolders({ settings, databaseUrl, client, logger, target, signal }),
  );
}
