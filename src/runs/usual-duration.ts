import type { Client } from '@temporalio/client';

import { statisticsOf } from './job-history.ts';
import { listTemporalRuns } from './temporal-run.ts';

/** So many of its newest runs are looked at. */
const newest = 50;

/** Of fewer, nobody can say what is usual. */
const fewest = 3;

export interface UsualDuration {
  /** At most so long took 95 of 100. */
  readonly ms: number;
  readonly runs: number;
  /** When the run that is under way should end; now, where none is. */
  readonly busyUntil: number;
}

/** How long runs of a job take that end well, by those that Temporal still knows; null: it knows too few. */
export async function usualDuration(client: Client, job: string): Promise<UsualDuration | null> {
  const runs = await listTemporalRuns(client, job, newest);
  const { succeeded, partial, p95Ms: ms } = statisticsOf(runs.map((run) => ({ ...run, record: null })));
  const ended = succeeded + partial;
  if (ms === null || ended < fewest) return null;
  const ends = runs
    .filter(({ status }) => status === 'running')
    .map(({ startedAt }) => startedAt.getTime() + ms);
  return { ms, runs: ended, busyUntil: Math.max(Date.now(), ...ends) };
}
