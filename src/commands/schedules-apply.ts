import { Command } from 'commander';

import { applyJobs, diffJobs, type JobChange } from '../schedules/apply-jobs.ts';
import type { JobRefused } from '../schedules/check-job.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { applicableJobs, declaredJobs, type SchedulesOption, schedulesOption } from './declared-jobs.ts';
import { type JobOptions, withTemporal } from './schedules-command.ts';
import { visible } from './visible.ts';

type Options = JobOptions & SchedulesOption;

export function schedulesDiffCommand(context: CommandContext): Command {
  return new Command('diff')
    .description('show what applying the declared jobs would change, and change nothing')
    .option(...schedulesOption)
    .option(...configOption)
    .addOption(outputOption())
    .action((options: Options) => change(context, options, 'diff'));
}

export function schedulesApplyCommand(context: CommandContext): Command {
  return new Command('apply')
    .description('make the jobs in Temporal what the settings and schedules.toml declare')
    .option(...schedulesOption)
    .option(...configOption)
    .addOption(outputOption())
    .action((options: Options) => change(context, options, 'apply'));
}

async function change(context: CommandContext, options: Options, verb: 'diff' | 'apply'): Promise<void> {
  await withTemporal(context, options, async ({ schedule }, settings) => {
    const declared = await applicableJobs(schedule, settings, declaredJobs(context, options, settings));
    const planned = await diffJobs(schedule, declared.jobs, declared.options);
    const due = planned.filter(({ outcome }) => !atRest.includes(outcome));
    // Whoever applies sees what is changed, also when that ends in the middle.
    if (verb === 'apply' && due.length > 0) context.stderr(changesText(due, 'diff'));
    const changes = verb === 'diff' ? planned : await applyJobs(schedule, declared.jobs, declared.options);
    if (options.output === 'json') context.stdout(`${JSON.stringify(inShort(changes, declared.refused))}\n`);
    else context.stdout(changesText(changes, verb));
    failRefused(declared.refused);
  });
}

const atRest: readonly JobChange['outcome'][] = ['unchanged', 'left'];

function inShort(changes: readonly JobChange[], refused: readonly JobRefused[]) {
  return { jobs: changes, refused: refused.map(({ job, problems }) => ({ id: job, problems })) };
}

function failRefused(refused: readonly JobRefused[]): void {
  if (refused.length === 0) return;
  const lines = refused.map(({ message }) => `  ${message}`);
  throw new CommandFailed(exitCodes.settings, `Not all jobs can be applied:\n${lines.join('\n')}`);
}

const signs = {
  created: '+',
  updated: '~',
  unchanged: '=',
  left: '·',
  undeclared: '-',
} as const;

const meanings: Readonly<Record<JobChange['outcome'], readonly [diff: string, apply: string]>> = {
  created: ['would be made', 'made'],
  updated: ['would be changed', 'changed'],
  unchanged: ['is as declared', 'was as declared'],
  left: ['was made over the API, and is left alone', 'was made over the API, and is left alone'],
  undeclared: ['is declared no more, and would be paused', 'is declared no more, and was paused'],
};

/** One line a job; of a diff below it what is different, before and after. */
function changesText(changes: readonly JobChange[], verb: 'diff' | 'apply'): string {
  const width = Math.max(0, ...changes.map(({ id }) => id.length));
  const lines = changes.flatMap(({ id, outcome, differences, paused, note }) => {
    const said = meanings[outcome][verb === 'diff' ? 0 : 1];
    const pause = paused && outcome !== 'undeclared' ? ` (paused: ${note})` : '';
    return [
      `  ${signs[outcome]} ${id.padEnd(width)}   ${said}${pause}`,
      ...(verb === 'apply' ? [] : differences).map(
        ({ what, now, wanted }) => `      ${what}: ${now} → ${wanted}`,
      ),
    ];
  });
  return `\n${lines.map(visible).join('\n')}\n\n`;
}
