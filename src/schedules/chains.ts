import type { ScheduleClient } from '@temporalio/client';

import type { JobDefinition } from '../domain/job.ts';
import { type JobProblem, JobRefused } from './check-job.ts';
import { JobNotFound } from './job-not-found.ts';
import type { CompiledJobs } from './jobs.ts';
import { declarationOf } from './read-jobs.ts';
import { readSchedule } from './schedule-store.ts';

type Chained = Pick<JobDefinition, 'id' | 'chain'>;

/** How a job is declared, as far as chains go; null: nobody has declared it, as when a person has made it in Temporal. */
type Link = Pick<JobDefinition, 'kind' | 'chain'> | null;

/**
 * What is wrong with a job's chain, which only all jobs together show. Those that are `given` are about to be declared, and stand for
 * what Temporal has of them.
 */
export async function chainProblems(
  client: ScheduleClient,
  { id, chain }: Chained,
  given: readonly JobDefinition[] = [],
): Promise<JobProblem[]> {
  if (chain === null) return [];
  const { after, onlyIfRows } = chain;
  const link = await linkOf(client, after, given);
  if (link === 'none')
    return [{ key: 'after', message: `is ${JSON.stringify(after)}, and there is no such job` }];
  if (onlyIfRows && link !== null && link.kind !== 'sync' && link.kind !== 'generate')
    return [{ key: 'only_if_rows', message: `is set, and runs of ${JSON.stringify(after)} load no rows` }];
  const circle = await circleOf(client, { id, chain }, given);
  return circle === null
    ? []
    : [{ key: 'after', message: `leads back to the job: ${circle.join(' after ')}` }];
}

/** The jobs by which a chain leads back to where it began; null: it does not. */
export async function circleOf(
  client: ScheduleClient,
  { id, chain }: Chained,
  given: readonly JobDefinition[] = [],
): Promise<string[] | null> {
  const path = [id];
  for (let next = chain; next !== null; ) {
    const { after } = next;
    if (after === id) return [...path, id];
    // A circle that this job is not part of.
    if (path.includes(after)) return null;
    path.push(after);
    const link = await linkOf(client, after, given);
    next = link === 'none' || link === null ? null : link.chain;
  }
  return null;
}

/** Takes out the jobs whose chains cannot be, and those that are chained after them. */
export async function refuseBrokenChains(
  client: ScheduleClient,
  { jobs, refused }: CompiledJobs,
): Promise<CompiledJobs> {
  const definitions = jobs.map(({ definition }) => definition);
  const broken: JobRefused[] = [];
  for (const definition of definitions) {
    const problems = await chainProblems(client, definition, definitions);
    if (problems.length > 0) broken.push(new JobRefused(definition.id, problems));
  }
  if (broken.length === 0) return { jobs, refused };
  const left = jobs.filter(({ id }) => broken.every(({ job }) => job !== id));
  return refuseBrokenChains(client, { jobs: left, refused: [...refused, ...broken] });
}

async function linkOf(
  client: ScheduleClient,
  id: string,
  given: readonly JobDefinition[],
): Promise<Link | 'none'> {
  const found = given.find((each) => each.id === id);
  if (found !== undefined) return found;
  try {
    return declarationOf(await readSchedule(client, id))?.definition ?? null;
  } catch (error) {
    if (error instanceof JobNotFound) return 'none';
    throw error;
  }
}
