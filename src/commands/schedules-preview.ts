import type { ScheduleClient } from '@temporalio/client';
import { Command } from 'commander';

import { durationWords } from '../domain/duration.ts';
import type { JobDefinition, Overlap } from '../domain/job.ts';
import { type UsualDuration, usualDuration } from '../runs/usual-duration.ts';
import { JobNotFound } from '../schedules/job-not-found.ts';
import type { Job } from '../schedules/job-schedule.ts';
import { firstSlots } from '../schedules/matching-slots.ts';
import { type PreviewedFire, previewFires, withOverlaps } from '../schedules/preview-job.ts';
import { describeJob, type JobView } from '../schedules/read-jobs.ts';
import { zoneOf } from '../schedules/schedule-spec.ts';
import type { Settings } from '../settings/settings.ts';
import { TemporalUnavailable } from '../temporal/errors.ts';
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
  const { fires, zone, due, usual, timed } = await previewOf(context, id, options);
  if (options.output === 'json') {
    context.stdout(`${JSON.stringify(fires)}\n`);
    return;
  }
  context.stderr(`\n  ${id}: ${due}${usual === null ? '' : `\n  ${usualText(usual)}`}\n`);
  if (fires.length === 0 && !timed) context.stdout('It has no times of its own.\n');
  else if (fires.length === 0) context.stdout('It is due no more.\n');
  else context.stdout(`\n${firesTable(fires, zone, context.columns)}\n`);
}

interface Fires {
  readonly fires: readonly PreviewedFire[];
  readonly zone: string;
  readonly due: string;
  readonly timed: boolean;
  /** Null: one that only Temporal has. */
  readonly overlap: Overlap | null;
}

async function previewOf(
  context: CommandContext,
  id: string,
  options: Options,
): Promise<Fires & { readonly usual: UsualDuration | null }> {
  const settings = commandSettings(context, options);
  const { jobs, refused } = declaredJobs(context, options, settings);
  const wrong = refused.find(({ job }) => job === id);
  if (wrong !== undefined) throw wrong;
  const declared = jobs.find((job) => job.id === id);
  if (declared !== undefined) return previewOfDeclared(context, declared, options, settings);
  await using client = await connectTemporal(settings.temporal);
  return withUsual(await firesOf(client.schedule, id, options), await usualDuration(client, id));
}

/** When a declared job is due needs no server, unless somebody has made one of its id over the API, which applying leaves alone. */
async function previewOfDeclared(
  context: CommandContext,
  { id, definition, cadence }: Job,
  options: Options,
  { temporal }: Settings,
): Promise<Fires & { readonly usual: UsualDuration | null }> {
  const fires = computed(definition, cadence, options);
  try {
    await using client = await connectTemporal(temporal);
    const usual = await usualDuration(client, id);
    const isOther = (await originOf(client.schedule, id)) === 'api';
    return withUsual(isOther ? await firesOf(client.schedule, id, options) : fires, usual);
  } catch (error) {
    if (!(error instanceof TemporalUnavailable)) throw error;
    context.stderr('\n  Whether runs overlap is not shown: no Temporal server answers.\n');
    return withUsual(fires, null);
  }
}

/** Null: there is no such job in Temporal. */
async function originOf(client: ScheduleClient, id: string): Promise<JobView['origin'] | null> {
  try {
    return (await describeJob(client, id)).origin;
  } catch (error) {
    if (error instanceof JobNotFound) return null;
    throw error;
  }
}

function withUsual(found: Fires, usual: UsualDuration | null): Fires & { usual: UsualDuration | null } {
  if (usual === null || found.overlap === null) return { ...found, usual: null };
  const by = { overlap: found.overlap, usualMs: usual.ms, busyUntil: usual.busyUntil };
  return { ...found, fires: withOverlaps(found.fires, by), usual };
}

async function firesOf(client: ScheduleClient, id: string, options: Options): Promise<Fires> {
  const job = await describeJob(client, id);
  if (job.definition !== null && job.changed.length === 0)
    return computed(job.definition, job.cadence, options);
  const { timezone: zone, cadence: due, overlap } = job;
  // Only the server knows what a person's schedule means.
  const fires = await firstSlots(client, id, { from: beginOf(options, zone), count: options.limit });
  return { fires, zone, due, timed: true, overlap };
}

function beginOf({ from }: Options, zone: string): Date {
  return from === undefined ? new Date() : parseTime(from, zone);
}

function computed({ cadences, overlap }: JobDefinition, due: string, options: Options): Fires {
  const zone = zoneOf(cadences);
  return {
    fires: previewFires(cadences, { from: beginOf(options, zone), count: options.limit }),
    zone,
    due,
    timed: cadences.length > 0,
    overlap,
  };
}

function usualText({ ms, runs }: UsualDuration): string {
  const seconds = Math.ceil(ms / 1000);
  const most = durationWords(seconds < 120 ? seconds : Math.ceil(seconds / 60) * 60);
  return `95 % of its last ${runs} successful runs took at most ${most}`;
}
