import { Command } from 'commander';

import { pauseJob, resumeJob } from '../schedules/edit-job.ts';
import { describeJob } from '../schedules/read-jobs.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { decidedBy } from './ledger-command.ts';
import { type JobOptions, withTemporal } from './schedules-command.ts';
import { visible } from './visible.ts';

interface Options extends JobOptions {
  readonly note?: string;
}

export function schedulesPauseCommand(context: CommandContext): Command {
  return new Command('pause')
    .description('start no more runs by the schedule; a run that is under way goes on')
    .argument('<id>', 'the job')
    .option('--note <text>', 'why, for whoever finds it paused')
    .option(...configOption)
    .addOption(outputOption())
    .action((id: string, options: Options) => toggle(context, id, options, 'paused'));
}

export function schedulesResumeCommand(context: CommandContext): Command {
  return new Command('resume')
    .description('start runs by the schedule again')
    .argument('<id>', 'the job')
    .option('--note <text>', 'why, for whoever reads on')
    .option(...configOption)
    .addOption(outputOption())
    .action((id: string, options: Options) => toggle(context, id, options, 'resumed'));
}

async function toggle(
  context: CommandContext,
  id: string,
  options: Options,
  verb: 'paused' | 'resumed',
): Promise<void> {
  // The server takes an empty note for none, and then resumes nothing.
  const given = options.note?.trim() ?? '';
  const note = given === '' ? `${verb} by ${decidedBy()}` : given;
  await withTemporal(context, options, async ({ schedule }) => {
    // Temporal would change a schedule that is none of ours as well.
    await describeJob(schedule, id);
    await (verb === 'paused' ? pauseJob : resumeJob)(schedule, id, note);
    const job = await describeJob(schedule, id);
    if (options.output === 'json')
      context.stdout(`${JSON.stringify({ id, paused: job.paused, note: job.note })}\n`);
    else context.stdout(`${verb === 'paused' ? 'Paused' : 'Resumed'}  ${id}  ${visible(job.note)}\n`);
  });
}
