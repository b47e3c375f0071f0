import type { ScheduleClient } from '@temporalio/client';

import type { JobDefinition, JobOrigin } from '../domain/job.ts';
import type { Settings } from '../settings/settings.ts';
import { chainContext, chainProblems } from './chains.ts';
import { JobRefused, jobProblems } from './check-job.ts';
import { createJob, JobChangedMeanwhile, replaceJob } from './edit-job.ts';
import { JobNotFound } from './job-not-found.ts';
import { jobSchedule } from './job-schedule.ts';
import { declarationOf, listJobs } from './read-jobs.ts';
import { type Difference, scheduleDifferences } from './schedule-differences.ts';
import { assertOurs } from './schedule-of-others.ts';
import { readSchedule, versionOf } from './schedule-store.ts';

/** As they were declared, by id; those that a person made in Temporal have no definition. */
export async function exportJobs(client: ScheduleClient): Promise<JobDefinition[]> {
  const views = await listJobs(client);
  return views.flatMap(({ definition }) => (definition === null ? [] : [definition]));
}

export interface ImportedJob {
  readonly id: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly differences: readonly Difference[];
}

/**
 * Makes each of these jobs, or brings it in line; others stay. One that is there keeps its origin, its pause and its note. `agreed` is asked when
 * all was read that the import goes by; what somebody changes after that is not overwritten. Nothing is changed when one of the jobs is wrong, when
 * `agreed` throws, nor with `dryRun`. Throws JobRefused for the first that is wrong, JobChangedMeanwhile, JobExists and ScheduleOfOthers.
 */
export async function importJobs(
  client: ScheduleClient,
  settings: Settings,
  definitions: readonly JobDefinition[],
  { dryRun, agreed }: { readonly dryRun: boolean; readonly agreed: () => Promise<void> },
): Promise<ImportedJob[]> {
  const context = chainContext(settings, definitions);
  for (const definition of definitions) {
    const problems = [
      ...jobProblems(definition, settings),
      ...(await chainProblems(client, definition, context)),
    ];
    if (problems.length > 0) throw new JobRefused(definition.id, problems);
  }
  const planned: Planned[] = [];
  for (const definition of definitions) planned.push(await plan(client, settings, definition));
  await agreed();
  if (!dryRun) for (const job of planned) await carryOut(client, settings, job, definitions);
  return planned.map(({ definition, outcome, differences }) => ({ id: definition.id, outcome, differences }));
}

interface Planned {
  readonly definition: JobDefinition;
  readonly outcome: ImportedJob['outcome'];
  readonly origin: JobOrigin;
  /** Null: there is none yet. */
  readonly version: string | null;
  readonly differences: readonly Difference[];
}

async function plan(client: ScheduleClient, settings: Settings, definition: JobDefinition): Promise<Planned> {
  try {
    const current = await readSchedule(client, definition.id);
    assertOurs(current);
    const origin = declarationOf(current)?.origin ?? 'api';
    const differences = scheduleDifferences(current, jobSchedule(definition, origin, settings).schedule);
    const outcome = differences.length === 0 ? 'unchanged' : 'updated';
    return { definition, outcome, origin, version: versionOf(current), differences };
  } catch (error) {
    if (!(error instanceof JobNotFound)) throw error;
    return { definition, outcome: 'created', origin: 'api', version: null, differences: [] };
  }
}

async function carryOut(
  client: ScheduleClient,
  settings: Settings,
  { definition, outcome, origin, version }: Planned,
  beside: readonly JobDefinition[],
): Promise<void> {
  if (outcome === 'unchanged') return;
  if (version === null) {
    await createJob(client, settings, definition, { origin, replaceExisting: false, beside });
    return;
  }
  try {
    await replaceJob(client, settings, definition, { origin, version, beside });
  } catch (error) {
    throw error instanceof JobNotFound ? new JobChangedMeanwhile(definition.id) : error;
  }
}
