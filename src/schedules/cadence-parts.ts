import { calendarsOf, intervalsOf } from '../domain/cadence.ts';
import { type Calendar, everyDay, hasFixedHours } from '../domain/calendar.ts';
import type { Cadence } from '../domain/job.ts';
import { offsetAt } from '../zones/zone-time.ts';

export interface Interval {
  readonly seconds: number;
  readonly offsetSeconds: number;
}

/** What a cadence is made of: intervals, which no clock touches, and times of a clock. */
export interface CadenceParts {
  readonly intervals: readonly Interval[];
  readonly calendars: readonly Calendar[];
}

/** Every hour of every day is an interval, whatever the clocks do; Temporal's calendars lose one when clocks are put back. */
export function partsOf(cadence: Cadence): CadenceParts {
  const zone = 'timezone' in cadence ? cadence.timezone : 'UTC';
  const parts = calendarsOf(cadence).map((calendar) => ({
    calendar,
    hourly: hourlyIntervals(calendar, zone),
  }));
  return {
    intervals: [...intervalsOf(cadence), ...parts.flatMap(({ hourly }) => hourly ?? [])],
    calendars: parts.filter(({ hourly }) => hourly === null).map(({ calendar }) => calendar),
  };
}

/** Null: the calendar is bound to hours or to days. */
function hourlyIntervals(calendar: Calendar, zone: string): Interval[] | null {
  const { minutes, seconds } = calendar;
  if (hasFixedHours(calendar) || !isEveryDay(calendar)) return null;
  // Some zones are half an hour off, or a quarter; one changes by half an hour, and is taken as it is in January.
  const zoneMinutes = offsetAt(zone, Date.UTC(2026, 0)) / 60_000;
  return seconds.flatMap((second) =>
    evenly(minutes).map(({ every, offset }) => ({
      seconds: every * 60,
      offsetSeconds: ((((offset - zoneMinutes) % every) + every) % every) * 60 + second,
    })),
  );
}

function isEveryDay({ daysOfMonth, months, daysOfWeek, years }: Calendar): boolean {
  return (
    daysOfMonth.length === everyDay.daysOfMonth.length &&
    months.length === everyDay.months.length &&
    daysOfWeek.length === everyDay.daysOfWeek.length &&
    years === null
  );
}

/** Minutes of an hour that divide it evenly are one interval; others are one an hour each. */
function evenly(minutes: readonly number[]): { every: number; offset: number }[] {
  const every = 60 / minutes.length;
  const [first = 0] = minutes;
  if (minutes.every((minute, index) => minute === first + index * every)) return [{ every, offset: first }];
  return minutes.map((minute) => ({ every: 60, offset: minute }));
}
