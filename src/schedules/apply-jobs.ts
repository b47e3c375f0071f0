import { ScheduleAlreadyRunning, type ScheduleClient, ScheduleNotFoundError } from '@temporalio/client';

import { searchAttributes } from '../domain/search-attributes.ts';
import { generateJobId, type Job } from './jobs.ts';

/** The note of a job that the settings switch off; a pause with another note is an operator's, and stays. */
export const disabledNote = 'disabled by settings';

export interface AppliedJob {
  readonly id: string;
  readonly outcome: 'created' | 'updated';
  readonly paused: boolean;
}

/**
 * Makes the Temporal Schedules of these jobs, or brings them in line with the settings; one that the settings declare no
 * more is paused. Repeating it changes nothing.
 */
export async function applyJobs(client: ScheduleClient, jobs: readonly Job[]): Promise<AppliedJob[]> {
  const applied: AppliedJob[] = [];
  for (const job of jobs) applied.push(await applyJob(client, job));
  if (!jobs.some(({ id }) => id === generateJobId)) await pauseIfThere(client, generateJobId);
  return applied;
}

/** Thrown when the namespace does not know the search attributes that runs are found by. Nothing was changed. */
export class SearchAttributesMissing extends Error {
  override readonly name = 'SearchAttributesMissing';

  constructor(said: string) {
    const types = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList' };
    const flags = Object.entries(searchAttributes).map(
      ([name, type]) => `--name ${name} --type ${types[type]}`,
    );
    super(
      `The Temporal server does not know our search attributes (${said}). Register them once for the namespace: ` +
        `temporal operator search-attribute create ${flags.join(' ')}`,
    );
  }
}

async function applyJob(client: ScheduleClient, job: Job): Promise<AppliedJob> {
  try {
    await client.create({
      scheduleId: job.id,
      ...job.schedule,
      ...(job.enabled ? {} : { state: { paused: true, note: disabledNote } }),
    });
    return { id: job.id, outcome: 'created', paused: !job.enabled };
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return update(client, job);
    const said = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw /search attribute/i.test(said) ? new SearchAttributesMissing(said) : error;
  }
}

async function update(client: ScheduleClient, job: Job): Promise<AppliedJob> {
  let paused = false;
  await client.getHandle(job.id).update((current) => {
    const state = nextState(current.state, job.enabled);
    paused = state.paused;
    // Without `state` the server would resume the job and drop the operator's note.
    return { ...job.schedule, state: { ...current.state, ...state } };
  });
  return { id: job.id, outcome: 'updated', paused };
}

async function pauseIfThere(client: ScheduleClient, id: string): Promise<void> {
  try {
    const handle = client.getHandle(id);
    const { state } = await handle.describe();
    if (!state.paused) await handle.pause(disabledNote);
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

interface PauseState {
  readonly paused: boolean;
  readonly note: string;
}

function nextState(current: { paused: boolean; note?: string | undefined }, enabled: boolean): PauseState {
  const { paused, note = '' } = current;
  if (!enabled && !paused) return { paused: true, note: disabledNote };
  if (enabled && paused && note === disabledNote) return { paused: false, note: '' };
  return { paused, note };
}
