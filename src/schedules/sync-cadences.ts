import type { Cadence } from '../domain/job.ts';
import type { SchedulerSettings } from '../settings/settings.ts';

/** When `[scheduler]` has the sync job run. */
export function syncCadences({
  intervalMinutes,
  quadDailyTimes,
  timezone,
}: Pick<SchedulerSettings, 'intervalMinutes' | 'quadDailyTimes' | 'timezone'>): Cadence[] {
  return [
    ...(intervalMinutes === null ? [] : [interval(intervalMinutes)]),
    ...(quadDailyTimes.length === 0 ? [] : [{ kind: 'daily' as const, times: quadDailyTimes, timezone }]),
  ];
}

export function interval(minutes: number, offsetMinutes = 0): Cadence {
  return { kind: 'interval', seconds: minutes * 60, offsetSeconds: offsetMinutes * 60 };
}
