import type { ScheduleClient } from '@temporalio/client';
import { JobNotFound } from './job-not-found.ts';
import { timing } from './job-schedule.ts';
import { declarationOf } from './read-jobs.ts';
import { type Difference, gapDaysDiffer, timingDifferences } from './schedule-differences.ts';
import { readSchedule, writeTiming } from './schedule-store.ts';

/**
 * Tells a schedule that was declared elsewhere, and not changed since, of the days to come on which clocks are put forward;
 * empty when it knows them, or when somebody else changes it right now: the next start looks again.
 */
export async function renewGaps(client: ScheduleClient, id: string): Promise<readonly Difference[]> {
  try {
    const current = await readSchedule(client, id);
    const definition = declarationOf(current)?.definition;
    if (definition === undefined) return [];
    const wanted = timing(definition);
    const differences = timingDifferences(current, wanted);
    if (differences.some(({ what }) => what !== gapDaysDiffer)) return [];
    return differences.length > 0 && (await writeTiming(client, current, wanted)) ? differences : [];
  } catch (error) {
    if (error instanceof JobNotFound) return [];
    throw error;
  }
}
