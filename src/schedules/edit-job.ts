import { ScheduleAlreadyRunning, type ScheduleClient, type ScheduleDescription } from '@temporalio/client';

import type { JobDefinition, JobOrigin } from '../domain/job.ts';
import type { Settings } from '../settings/settings.ts';
import { type ChainContext, chainContext, chainProblems } from './chains.ts';
import { JobRefused } from './check-job.ts';
import { afterAttribute } from './find-followers.ts';
import { JobNotFound, unlessDeleted } from './job-not-found.ts';
import { type Job, jobSchedule } from './job-schedule.ts';
import { disabledNote, nextState } from './pause-notes.ts';
import { type Difference, scheduleDifferences } from './schedule-differences.ts';
import { assertOurs } from './schedule-of-others.ts';
import { type PauseState, readSchedule, versionOf, writeSchedule } from './schedule-store.ts';
import { refusedByServer, serverRefusal } from './server-refusal.ts';

/** Somebody who changes one job all the time is no reason to try for ever. */
const attempts = 5;

/** Thrown when a job of this id is there already. Nothing was changed. */
export class JobExists extends Error {
  override readonly name = 'JobExists';
  readonly job: string;

  constructor(job: string) {
    super(`There is a job ${JSON.stringify(job)} already. Choose another id, or ask for it to be replaced.`);
    this.job = job;
  }
}

/** Thrown when somebody else has changed the job since it was read. Nothing was changed. */
export class JobChangedMeanwhile extends Error {
  override readonly name = 'JobChangedMeanwhile';
  readonly job: string;

  constructor(job: string) {
    super(
      `The job ${JSON.stringify(job)} has been changed by somebody else meanwhile. Read it again, and repeat the change.`,
    );
    this.job = job;
  }
}

export interface Edited {
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly paused: boolean;
  /** What was different before, also by a person's hand. */
  readonly differences: readonly Difference[];
}

/**
 * A job that is replaced keeps its pause, its note and its counters. `beside` are jobs that are declared at the same time, after which it may
 * be chained. Throws JobRefused, JobExists, JobChangedMeanwhile, ScheduleOfOthers and SearchAttributesMissing.
 */
export async function createJob(
  client: ScheduleClient,
  settings: Settings,
  definition: JobDefinition,
  options: {
    readonly origin: JobOrigin;
    readonly replaceExisting: boolean;
    readonly beside?: readonly JobDefinition[];
  },
): Promise<Edited> {
  const job = jobSchedule(definition, options.origin, settings);
  await assertChain(client, definition, chainContext(settings, options.beside));
  if (options.replaceExisting) return createOrBringInLine(client, job);
  if (await create(client, job)) return created(job);
  throw new JobExists(job.id);
}

/**
 * As createJob for a job that is there, and has not been changed since `version` was read. Throws JobRefused, JobNotFound, JobChangedMeanwhile,
 * ScheduleOfOthers and SearchAttributesMissing.
 */
export async function replaceJob(
  client: ScheduleClient,
  settings: Settings,
  definition: JobDefinition,
  options: {
    readonly origin: JobOrigin;
    readonly version: string;
    readonly beside: readonly JobDefinition[];
  },
): Promise<Edited> {
  const job = jobSchedule(definition, options.origin, settings);
  await assertChain(client, definition, chainContext(settings, options.beside));
  return bringInLine(client, job, options.version);
}

/** Makes the schedule, or makes it what the job asks for. Throws JobRefused, JobChangedMeanwhile, ScheduleOfOthers and SearchAttributesMissing. */
export async function createOrBringInLine(client: ScheduleClient, job: Job): Promise<Edited> {
  for (let left = attempts; left > 0; left--) {
    if (await create(client, job)) return created(job);
    try {
      return await bringInLine(client, job, null);
    } catch (error) {
      // Somebody has deleted it since.
      if (!(error instanceof JobNotFound)) throw error;
    }
  }
  throw new JobChangedMeanwhile(job.id);
}

/** Also one that is paused already: the note is replaced. Throws JobNotFound. */
export async function pauseJob(client: ScheduleClient, id: string, note: string): Promise<void> {
  await unlessDeleted(id, client.getHandle(id).pause(note));
}

/** Throws JobNotFound. */
export async function resumeJob(client: ScheduleClient, id: string, note: string): Promise<void> {
  await unlessDeleted(id, client.getHandle(id).unpause(note));
}

/** Its runs go on, and stay in the history; one that is declared is made again when the jobs are applied. Throws JobNotFound. */
export async function deleteJob(client: ScheduleClient, id: string): Promise<void> {
  await unlessDeleted(id, client.getHandle(id).delete());
}

/** False when there is a schedule of this id. Throws JobRefused and SearchAttributesMissing. */
async function create(client: ScheduleClient, job: Job): Promise<boolean> {
  try {
    const { after, ...schedule } = job.schedule;
    await client.create({
      scheduleId: job.id,
      ...schedule,
      ...(after === null ? {} : { typedSearchAttributes: [{ key: afterAttribute, value: after }] }),
      ...(job.enabled ? {} : { state: { paused: true, note: disabledNote } }),
    });
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    // The SDK makes that of what the server says of a spec.
    if (error instanceof TypeError) throw refusedByServer(job.id, error.message, error);
    throw serverRefusal(job.id, error);
  }
}

function created({ enabled }: Job): Edited {
  return { outcome: 'created', paused: !enabled, differences: [] };
}

async function assertChain(
  client: ScheduleClient,
  definition: JobDefinition,
  context: ChainContext,
): Promise<void> {
  const problems = await chainProblems(client, definition, context);
  if (problems.length > 0) throw new JobRefused(definition.id, problems);
}

/** With a version, only what that was read of. */
async function bringInLine(client: ScheduleClient, job: Job, version: string | null): Promise<Edited> {
  for (let left = attempts; left > 0; left--) {
    const current = await readSchedule(client, job.id);
    assertOurs(current);
    if (version !== null && version !== versionOf(current)) throw new JobChangedMeanwhile(job.id);
    const state = nextState(current.state, job.enabled);
    const differences = scheduleDifferences(current, job.schedule);
    const isSameState = state.paused === current.state.paused;
    if (differences.length === 0 && isSameState)
      return { outcome: 'unchanged', paused: state.paused, differences };
    if (await write(client, current, job, state))
      return { outcome: 'updated', paused: state.paused, differences };
  }
  throw new JobChangedMeanwhile(job.id);
}

/** As writeSchedule. Throws JobRefused and SearchAttributesMissing. */
async function write(
  client: ScheduleClient,
  current: ScheduleDescription,
  job: Job,
  state: PauseState,
): Promise<boolean> {
  try {
    return await writeSchedule(client, current, job.schedule, state);
  } catch (error) {
    throw serverRefusal(job.id, error);
  }
}
