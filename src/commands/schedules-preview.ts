import { Command } from 'commander';

import type { Cadence } from '../domain/job.ts';
import { type PreviewedFire, previewFires, previewTimes } from '../schedules/preview-job.ts';
import { describeJob } from '../schedules/read-jobs.ts';
import { zoneOf } from '../schedules/schedule-spec.ts';
import type { CommandContext } from './command-context.ts';
import { commandSettings, configOption, outputOption } from './command-settings.ts';
import { connectTemporal } from './connect-temporal.ts';
import { declaredJobs, type SchedulesOption, schedulesOption } from './declared-jobs.ts';
import { firesTable } from './fires-table.ts';
import { limitOption } from './limit-option.ts';
import { type JobOptions, parseTime } from './schedules-command.ts';

interface Options extends JobOptions, SchedulesOption {
  readonly limit: number;
  readonly from?: string;
}

export function schedulesPreviewCommand(context: CommandContext): Command {
  return new Command('preview')
    .description('list the next times of a job, as it is declared or else as it is in Temporal')
    .argument('<id>', 'the job')
    .addOption(limitOption('how many', 10))
    .option('--from <time>', 'begin there, in place of now')
    .option(...schedulesOption)
    .option(...configOption)
    .addOption(outputOption())
    .action((id: string, options: Options) => preview(context, id, options));
}

async function preview(context: CommandContext, id: string, options: Options): Promise<void> {
  const { fires, zone, due, timed } = await firesOf(context, id, options);
  if (options.output === 'json') {
    context.stdout(`${JSON.stringify(fires)}\n`);
    return;
  }
  context.stderr(`\n  ${id}: ${due}\n`);
  if (fires.length === 0 && !timed) context.stdout('It has no times of its own.\n');
  else if (fires.length === 0) context.stdout('It is due no more.\n');
  else context.stdout(`\n${firesTable(fires, zone, context.columns)}\n`);
}

interface Preview {
  readonly fires: readonly PreviewedFire[];
  readonly zone: string;
  readonly due: string;
  readonly timed: boolean;
}

async function firesOf(context: CommandContext, id: string, options: Options): Promise<Preview> {
  const settings = commandSettings(context, options);
  const declared = declaredJobs(context, options, settings).jobs.find((job) => job.id === id);
  if (declared !== undefined) return computed(declared.definition.cadences, declared.cadence, options);
  await using client = await connectTemporal(settings.temporal);
  const job = await describeJob(client.schedule, id);
  if (job.definition !== null && job.changed.length === 0)
    return computed(job.definition.cadences, job.cadence, options);
  // Only the server knows what a person's schedule means.
  const next = job.nextFires.slice(0, options.limit).map((each) => new Date(each));
  return { fires: previewTimes([], job.timezone, next), zone: job.timezone, due: job.cadence, timed: true };
}

function computed(cadences: readonly Cadence[], due: string, { limit, from }: Options): Preview {
  const zone = zoneOf(cadences);
  const start = from === undefined ? new Date() : parseTime(from, zone);
  return {
    fires: previewFires(cadences, { from: start, count: limit }),
    zone,
    due,
    timed: cadences.length > 0,
  };
}
