import type { Client, ScheduleDescription } from '@temporalio/client';
import type { Logger } from 'pino';

import { isLate } from './last-success.ts';
import { declarationOf } from './read-jobs.ts';

/** Warns of a job once when it becomes late, and tells when it no longer is. */
export function tellWhenLate(
  client: Client,
  logger: Logger,
): (description: ScheduleDescription) => Promise<void> {
  const late = new Set<string>();
  return async (description) => {
    const { scheduleId: job, state, info } = description;
    const definition = declarationOf(description)?.definition ?? null;
    const isNow = await isLate(client.workflow, {
      id: job,
      paused: state.paused,
      createdAt: info.createdAt.toISOString(),
      definition,
    });
    if (isNow && !late.has(job))
      logger.warn(
        { stage: 'schedule', job, within: definition?.successWithinMinutes },
        'Job is late: no run has succeeded within so many minutes',
      );
    if (!isNow && late.has(job)) logger.info({ stage: 'schedule', job }, 'Job is no longer late');
    if (isNow) late.add(job);
    else late.delete(job);
  };
}
