import { Command } from 'commander';

import { armFailpoint } from '../failpoints.ts';
import { applyJobs } from '../schedules/apply-jobs.ts';
import { watchSchedules } from '../schedules/watch-schedules.ts';
import { createLogger } from '../telemetry/logger.ts';
import { watchFolders } from '../watch/watch-folders.ts';
import { watchTarget } from '../watch/watch-target.ts';
import { startWorker } from '../worker.ts';
import type { CommandContext } from './command-context.ts';
import { commandSettings, configOption, requireDatabaseUrl } from './command-settings.ts';
import { connectTemporal } from './connect-temporal.ts';
import { applicableJobs, declaredJobs, type SchedulesOption, schedulesOption } from './declared-jobs.ts';
import { workUntilStopped } from './work-until-stopped.ts';

export function runCommand(context: CommandContext): Command {
  return new Command('run')
    .description("apply the settings' schedule, then do its work until stopped")
    .option(...schedulesOption)
    .option(...configOption)
    .action((options: SchedulesOption) => run(context, options));
}

async function run(context: CommandContext, options: SchedulesOption): Promise<void> {
  const settings = commandSettings(context, options);
  armFailpoint(context.env);
  const databaseUrl = requireDatabaseUrl(settings);
  const logger = await createLogger({
    level: settings.scheduler.logLevel,
    to: 'stdout',
    rotatedDir: settings.logs.dir,
  });
  await using client = await connectTemporal(settings.temporal);
  const declared = await applicableJobs(client.schedule, settings, declaredJobs(context, options, settings));
  for (const job of await applyJobs(client.schedule, declared.jobs, declared.options)) {
    logger.info(
      { stage: 'schedule', job: job.id, outcome: job.outcome, paused: job.paused },
      'Schedule applied',
    );
  }
  for (const { job, message } of declared.refused) logger.error({ stage: 'schedule', job }, message);
  const target = await watchTarget(settings);
  const worker = await startWorker({
    settings,
    databaseUrl,
    logger,
    watchQueue: target?.taskQueue ?? null,
  });
  const ids = declared.jobs.map(({ id }) => id);
  await workUntilStopped(worker, logger, (signal) =>
    Promise.all([
      watchSchedules(client, ids, logger, { signal }),
      target === null ? null : watchFolders({ settings, databaseUrl, client, logger, target, signal }),
    ]),
  );
}
