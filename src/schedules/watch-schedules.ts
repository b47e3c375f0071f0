import { setTimeout } from 'node:timers/promises';

import type { Client, ScheduleDescription } from '@temporalio/client';
import type { Logger } from 'pino';

import { pauseJob } from './edit-job.ts';
import { JobNotFound } from './job-not-found.ts';
import { reasonToPause } from './pause-failing.ts';
import { jobIds } from './read-jobs.ts';
import { readSchedule } from './schedule-store.ts';
import { tellWhenLate } from './tell-when-late.ts';

/** A skipped tick makes no event anywhere: only the schedule's own counters tell of it, and they are asked for. */
const askEveryMs = 10_000;

interface Seen {
  readonly taken: number;
  readonly skipped: number;
  readonly missed: number;
}

/**
 * Logs each tick that started a run, and warns of each that was skipped because a run was under way, or missed because
 * no server was there in time, and of each job when it becomes late, until the signal is aborted; pauses jobs that have failed too often in a row. One process of
 * an installation does so: `charlie run` or `up`. `known` are jobs that Temporal's list may still lack.
 */
export async function watchSchedules(
  client: Client,
  known: readonly string[],
  logger: Logger,
  options: { readonly signal: AbortSignal; readonly askEveryMs?: number },
): Promise<void> {
  const seen = new Map<string, Seen>();
  const tellLate = tellWhenLate(client, logger);
  /** A failure before that is no reason to pause the job. */
  const since = new Map<string, Date>();
  const started = new Date();
  const { signal } = options;

  async function askAll(): Promise<void> {
    for (const job of await allJobs()) {
      // A server that is away lets each of them wait for long.
      if (signal.aborted) return;
      try {
        const description = await readSchedule(client.schedule, job);
        const now = countersOf(description);
        tell(logger, job, seen.get(job) ?? now, now);
        seen.set(job, now);
        await tellLate(description);
        await pauseWhenFailing(description);
      } catch (error) {
        // A deleted job, or a server that is away for a while: the next round tells what happened meanwhile.
        if (!(error instanceof JobNotFound)) logger.debug({ stage: 'schedule', job, error }, 'Not asked');
      }
    }
  }

  async function allJobs(): Promise<string[]> {
    try {
      return [...new Set([...known, ...(await jobIds(client.schedule))])];
    } catch (error) {
      logger.debug({ stage: 'schedule', error }, 'Not listed');
      return [...known];
    }
  }

  async function pauseWhenFailing(description: ScheduleDescription): Promise<void> {
    const note = await reasonToPause(
      client.workflow,
      description,
      since.get(description.scheduleId) ?? started,
    );
    if (note === null) return;
    since.set(description.scheduleId, new Date());
    await pauseJob(client.schedule, description.scheduleId, note);
    logger.error({ stage: 'schedule', job: description.scheduleId, note }, 'Job paused');
  }

  // The first round only remembers where the counters stand.
  await askAll();
  logger.info({ stage: 'schedule', jobs: [...seen.keys()] }, 'Watching the schedules');
  for (;;) {
    await setTimeout(options.askEveryMs ?? askEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    await askAll();
  }
  logger.info({ stage: 'schedule' }, 'No longer watching the schedules');
}

function countersOf({ info }: ScheduleDescription): Seen {
  return {
    taken: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}

function tell(logger: Logger, job: string, before: Seen, now: Seen): void {
  const fields = { stage: 'schedule', job };
  if (now.taken > before.taken)
    logger.info({ ...fields, count: now.taken - before.taken }, 'Tick started a run');
  if (now.skipped > before.skipped) {
    const count = now.skipped - before.skipped;
    logger.warn({ ...fields, count, total: now.skipped }, 'Tick skipped: a run was under way');
  }
  if (now.missed > before.missed) {
    const count = now.missed - before.missed;
    logger.warn({ ...fields, count, total: now.missed }, 'Tick missed: the catch-up window had passed');
  }
}
