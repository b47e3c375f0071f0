import { Command } from 'commander';

import { deleteJob } from '../schedules/edit-job.ts';
import { describeJob } from '../schedules/read-jobs.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { confirm } from './confirm.ts';
import { type JobOptions, withTemporal } from './schedules-command.ts';

interface Options extends JobOptions {
  readonly yes?: true;
}

export function schedulesDeleteCommand(context: CommandContext): Command {
  return new Command('delete')
    .description('delete a job; its runs go on and stay in the history, its counters are lost')
    .argument('<id>', 'the job')
    .option('--yes', 'do not ask')
    .option(...configOption)
    .addOption(outputOption())
    .action((id: string, options: Options) => remove(context, id, options));
}

async function remove(context: CommandContext, id: string, options: Options): Promise<void> {
  await withTemporal(context, options, async ({ schedule }) => {
    const job = await describeJob(schedule, id);
    if (options.yes !== true) await confirm(context, `Delete the job ${id} (${job.cadence})?`);
    await deleteJob(schedule, id);
    if (options.output === 'json') context.stdout(`${JSON.stringify({ id, deleted: true })}\n`);
    else context.stdout(`Deleted  ${id}\n`);
    if (job.origin === 'settings' || job.origin === 'schedules.toml')
      context.stderr(
        `  It comes from ${job.origin}: the next start, or charlie schedules apply, makes it again if it still stands there.\n`,
      );
  });
}
