import type { ScheduleClient } from '@temporalio/client';

import type { JobDefinition } from '../domain/job.ts';
import type { Settings } from '../settings/settings.ts';
import { chainProblems } from './chains.ts';
import { JobRefused, jobProblems } from './check-job.ts';
import { createJob } from './edit-job.ts';
import { JobNotFound } from './job-not-found.ts';
import { jobSchedule } from './job-schedule.ts';
import { declarationOf, listJobs } from './read-jobs.ts';
import { type Difference, scheduleDifferences } from './schedule-differences.ts';
import { readSchedule } from './schedule-store.ts';

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
 * Makes each of these jobs, or brings it in line; others stay. One that is there keeps its origin, its pause and its note. Nothing is
 * changed when one of them is wrong, nor with `dryRun`. Throws JobRefused for the first that is, and JobChangedMeanwhile.
 */
export async function importJobs(
  client: ScheduleClient,
  settings: Settings,
  definitions: readonly JobDefinition[],
  { dryRun }: { readonly dryRun: boolean },
): Promise<ImportedJob[]> {
  for (const definition of definitions) {
    const problems = [
      ...jobProblems(definition, settings),
      ...(await chainProblems(client, definition, definitions)),
    ];
    if (problems.length > 0) throw new JobRefused(definition.id, problems);
  }
  const imported: ImportedJob[] = [];
  for (const definition of definitions) {
    const planned = await plan(client, settings, definition);
    imported.push(planned);
    if (dryRun || planned.outcome === 'unchanged') continue;
    await createJob(client, settings, definition, {
      origin: planned.origin,
      replaceExisting: true,
      beside: definitions,
    });
  }
  return imported.map(({ id, outcome, differences }) => ({ id, outcome, differences }));
}

async function plan(client: ScheduleClient, settings: Settings, definition: JobDefinition) {
  const { id } = definition;
  try {
    const current = await readSchedule(client, id);
    const origin = declarationOf(current)?.origin ?? 'api';
    const differences = scheduleDifferences(current, jobSchedule(definition, origin, settings).schedule);
    return { id, origin, outcome: differences.length === 0 ? 'unchanged' : 'updated', differences } as const;
  } catch (error) {
    if (!(error instanceof JobNotFound)) throw error;
    return { id, origin: 'api', outcome: 'created', differences: [] } as const;
  }
}
