import type { SchedulerSettings } from '../settings/settings.ts';

const minute = 60_000;
/** Two days: a fixed time that falls into a spring gap is a day late. */
const searchMinutes = 2 * 24 * 60;

/** The nominal time of the sync job's tick before `nominal`, whichever of interval and fixed times came last. */
export function previousTick(
  scheduler: Pick<SchedulerSettings, 'intervalMinutes' | 'quadDailyTimes' | 'timezone'>,
  nominal: Date,
): Date {
  const candidates: number[] = [];
  if (scheduler.intervalMinutes !== null) {
    // Temporal aligns intervals to the Unix epoch.
    const every = scheduler.intervalMinutes * minute;
    candidates.push((Math.ceil(nominal.getTime() / every) - 1) * every);
  }
  const fixed = previousFixedTime(scheduler.quadDailyTimes, scheduler.timezone, nominal.getTime());
  if (fixed !== null) candidates.push(fixed);
  return new Date(Math.max(...candidates));
}

/** Walks back minute by minute: right at every change of the clocks, without any arithmetic of zones. */
function previousFixedTime(times: readonly string[], zone: string, nominal: number): number | null {
  if (times.length === 0) return null;
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  let instant = (Math.ceil(nominal / minute) - 1) * minute;
  for (let step = 0; step < searchMinutes; step++, instant -= minute) {
    if (times.includes(clock.format(instant))) return instant;
  }
  return null;
}
