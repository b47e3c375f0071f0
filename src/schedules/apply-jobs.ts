import type { ScheduleClient } from '@temporalio/client';

import type { JobOrigin } from '../domain/job.ts';
import { createOrBringInLine, pauseJob } from './edit-job.ts';
import { JobNotFound } from './job-not-found.ts';
import type { Job } from './job-schedule.ts';
import { generateJobId } from './jobs.ts';
import { nextState, undeclaredNote } from './pause-notes.ts';
import { declarationOf, jobIds } from './read-jobs.ts';
import { renewGaps } from './renew-gaps.ts';
import { type Difference, scheduleDifferences } from './schedule-differences.ts';
import { assertOurs } from './schedule-of-others.ts';
import { readSchedule } from './schedule-store.ts';

/** What applying does, or would do, with one job. */
export interface JobChange {
  readonly id: string;
  /**
   * `left`: a job of this id was made over the API, and is left alone. `undeclared`: nobody declares it any more, so it is paused.
   */
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'left' | 'undeclared';
  readonly differences: readonly Difference[];
  /** Afterwards. */
  readonly paused: boolean;
  readonly note: string;
}

export interface ApplyOptions {
  /** Jobs of these origins that nobody declares any more are paused. */
  readonly complete: readonly JobOrigin[];
  /** Ids that are declared, and cannot be applied. */
  readonly refused?: readonly string[];
}

/** What `applyJobs` would do. Changes nothing. */
export async function diffJobs(
  client: ScheduleClient,
  jobs: readonly Job[],
  options: ApplyOptions = { complete: ['settings'] },
): Promise<JobChange[]> {
  const changes: JobChange[] = [];
  for (const job of jobs) changes.push(await diffJob(client, job));
  for (const id of await undeclared(client, jobs, options))
    changes.push({ id, outcome: 'undeclared', differences: [], paused: true, note: undeclaredNote });
  return changes;
}

/**
 * Makes the Temporal Schedules of these jobs, or brings them in line; an operator's pause and note stay, and so does what was
 * made over the API or in Temporal. Repeating it changes nothing. Throws JobRefused, JobChangedMeanwhile, ScheduleOfOthers and
 * SearchAttributesMissing.
 */
export async function applyJobs(
  client: ScheduleClient,
  jobs: readonly Job[],
  options: ApplyOptions = { complete: ['settings'] },
): Promise<JobChange[]> {
  const changes: JobChange[] = [];
  for (const job of jobs) {
    const planned = await diffJob(client, job);
    if (['created', 'updated'].includes(planned.outcome)) await createOrBringInLine(client, job);
    changes.push(planned);
  }
  for (const id of await undeclared(client, jobs, options)) {
    await pauseUnlessDeleted(client, id);
    changes.push({ id, outcome: 'undeclared', differences: [], paused: true, note: undeclaredNote });
  }
  const others = (await jobIds(client)).filter((id) => !jobs.some((job) => job.id === id));
  for (const id of others) await renewGaps(client, id);
  return changes;
}

async function pauseUnlessDeleted(client: ScheduleClient, id: string): Promise<void> {
  try {
    await pauseJob(client, id, undeclaredNote);
  } catch (error) {
    if (!(error instanceof JobNotFound)) throw error;
  }
}

async function diffJob(client: ScheduleClient, job: Job): Promise<JobChange> {
  const { id, enabled } = job;
  try {
    const current = await readSchedule(client, id);
    assertOurs(current);
    const { paused, note = '' } = current.state;
    if (declarationOf(current)?.origin === 'api')
      return { id, outcome: 'left', differences: [], paused, note };
    const differences = scheduleDifferences(current, job.schedule);
    const next = nextState(current.state, enabled);
    if (next.paused !== paused)
      return { id, outcome: 'updated', differences: [...differences, switched(next.paused)], ...next };
    return { id, outcome: differences.length > 0 ? 'updated' : 'unchanged', differences, ...next };
  } catch (error) {
    if (!(error instanceof JobNotFound)) throw error;
    return { id, outcome: 'created', differences: [], ...nextState({ paused: false }, enabled) };
  }
}

function switched(paused: boolean): Difference {
  const [on, off] = ['on', 'off, by the settings'];
  return { what: 'switched', now: paused ? on : off, wanted: paused ? off : on };
}

/** Those that are not paused yet. Temporal's list may lack what was made this moment: the generate job is asked for by its name. */
async function undeclared(
  client: ScheduleClient,
  jobs: readonly Job[],
  { complete, refused = [] }: ApplyOptions,
): Promise<string[]> {
  const ids = new Set([...(await jobIds(client)), generateJobId]);
  for (const id of [...jobs.map((job) => job.id), ...refused]) ids.delete(id);
  const found: string[] = [];
  for (const id of ids) {
    try {
      const current = await readSchedule(client, id);
      const origin = declarationOf(current)?.origin;
      if (!current.state.paused && origin !== undefined && complete.includes(origin)) found.push(id);
    } catch (error) {
      if (!(error instanceof JobNotFound)) throw error;
    }
  }
  return found;
}
