import { Command } from 'commander';

import { type JobView, listJobs } from '../schedules/read-jobs.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { type JobOptions, withTemporal, zoneText } from './schedules-command.ts';
import { textTable } from './text-table.ts';

export function schedulesListCommand(context: CommandContext): Command {
  return new Command('list')
    .description('list the jobs as they are in Temporal, with their next run and what was skipped')
    .option(...configOption)
    .addOption(outputOption())
    .action((options: JobOptions) => list(context, options));
}

async function list(context: CommandContext, options: JobOptions): Promise<void> {
  await withTemporal(context, options, async ({ schedule }, settings) => {
    const jobs = await listJobs(schedule);
    if (options.output === 'json') context.stdout(`${JSON.stringify(jobs)}\n`);
    else if (jobs.length === 0) context.stdout('There are no jobs. charlie schedules apply makes them.\n');
    else {
      context.stdout(`\n${table(jobs, settings.scheduler.timezone, context.columns)}\n`);
      context.stderr(`  Times in ${settings.scheduler.timezone}. More: charlie schedules show ID\n\n`);
    }
  });
}

function table(jobs: readonly JobView[], zone: string, width: number): string {
  return textTable(
    [
      { head: 'job' },
      { head: 'due', shrinks: true },
      { head: 'state', shrinks: true },
      { head: 'next' },
      { head: 'last started' },
      { head: 'runs', align: 'right' },
      { head: 'skipped', align: 'right' },
      { head: 'missed', align: 'right' },
      { head: 'made by' },
    ],
    jobs.map(({ id, cadence, nextFires, recent, counters, origin, ...job }) => [
      id,
      cadence,
      stateText(job),
      job.paused || nextFires[0] === undefined ? '' : zoneText(nextFires[0], zone),
      recent[0] === undefined ? '' : zoneText(recent[0].startedAt, zone),
      counters.started.toLocaleString('en'),
      counters.skippedOverlap.toLocaleString('en'),
      counters.missedCatchup.toLocaleString('en'),
      origin,
    ]),
    width,
  );
}

function stateText({
  paused,
  note,
  running,
  changed,
  after,
}: Pick<JobView, 'paused' | 'note' | 'running' | 'changed' | 'after'>): string {
  const parts = [
    paused ? `paused: ${note === '' ? 'no reason given' : note}` : running.length > 0 ? 'running' : 'on',
    ...(after?.isGone === true ? [`waits for ${after.job}, which is gone`] : []),
    ...(changed.length > 0 ? ['changed in Temporal'] : []),
  ];
  return parts.join(', ');
}
