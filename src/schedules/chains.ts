import type { ScheduleClient } from '@temporalio/client';

import type { JobDefinition } from '../domain/job.ts';
import type { Settings } from '../settings/settings.ts';
import { type JobProblem, JobRefused } from './check-job.ts';
import { JobNotFound } from './job-not-found.ts';
import { type CompiledJobs, syncJobId } from './jobs.ts';
import { declarationOf } from './read-jobs.ts';
import { readSchedule } from './schedule-store.ts';

type Chained = Pick<JobDefinition, 'id' | 'kind' | 'chain'>;

export interface ChainContext {
  /** Jobs that are about to be declared: they stand for what Temporal has of them. */
  readonly given?: readonly JobDefinition[];
  /** Runs of a generate job start one of the sync job, which then has its followers started. */
  readonly generatedIsLoaded: boolean;
}

/** How a job is declared, as far as chains go; null: nobody has declared it, as when a person has made it in Temporal. */
type Link = Pick<JobDefinition, 'kind' | 'chain'> | null;

/** What is wrong with a job's chain, which only all jobs together show. */
export async function chainProblems(
  client: ScheduleClient,
  job: Chained,
  context: ChainContext,
): Promise<JobProblem[]> {
  if (job.chain === null) return [];
  const { after, onlyIfRows } = job.chain;
  const link = await linkOf(client, after, context);
  if (link === 'none')
    return [{ key: 'after', message: `is ${JSON.stringify(after)}, and there is no such job` }];
  if (onlyIfRows && link !== null && link.kind !== 'sync' && link.kind !== 'generate')
    return [{ key: 'only_if_rows', message: `is set, and runs of ${JSON.stringify(after)} load no rows` }];
  const circle = await circleOf(client, job, context);
  return circle === null
    ? []
    : [{ key: 'after', message: `leads back to the job: ${circle.join(' after ')}` }];
}

/** The jobs by which a chain leads back to where it began; null: it does not. */
export async function circleOf(
  client: ScheduleClient,
  { id, kind, chain }: Chained,
  context: ChainContext,
): Promise<string[] | null> {
  const path = [id];
  const own = kind === 'generate' && context.generatedIsLoaded ? [id, syncJobId] : [id];
  for (let next = chain; next !== null; ) {
    const { after } = next;
    if (own.includes(after)) return [...path, after];
    // A circle that this job is not part of.
    if (path.includes(after)) return null;
    path.push(after);
    const link = await linkOf(client, after, context);
    next = link === 'none' || link === null ? null : link.chain;
  }
  return null;
}

/** Takes out the jobs whose chains cannot be, and those that are chained after them. */
export async function refuseBrokenChains(
  client: ScheduleClient,
  settings: Settings,
  { jobs, refused }: CompiledJobs,
): Promise<CompiledJobs> {
  const context = chainContext(
    settings,
    jobs.map(({ definition }) => definition),
  );
  const broken: JobRefused[] = [];
  for (const { definition } of jobs) {
    const problems = await chainProblems(client, definition, context);
    if (problems.length > 0) broken.push(new JobRefused(definition.id, problems));
  }
  if (broken.length === 0) return { jobs, refused };
  const left = jobs.filter(({ id }) => broken.every(({ job }) => job !== id));
  return refuseBrokenChains(client, settings, { jobs: left, refused: [...refused, ...broken] });
}

export function chainContext({ generate }: Settings, given: readonly JobDefinition[] = []): ChainContext {
  return { given, generatedIsLoaded: generate.then === 'sync' };
}

async function linkOf(
  client: ScheduleClient,
  id: string,
  { given = [] }: ChainContext,
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
