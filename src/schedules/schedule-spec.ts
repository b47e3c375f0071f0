import {
  type CalendarSpec,
  DAYS_OF_WEEK,
  type DayOfWeek,
  MONTHS,
  type Month,
  type ScheduleSpec,
} from '@temporalio/client';

import { calendarsOf, intervalsOf } from '../domain/cadence.ts';
import { type Calendar, hasFixedHours, matchesMinute } from '../domain/calendar.ts';
import type { Cadence } from '../domain/job.ts';
import { type Gap, gapsBetween } from './zone-clock.ts';

const minute = 60_000;

/** Years after the present one whose changes of the clocks a schedule knows of; applying the jobs renews them. */
const yearsAhead = 3;
/** So that a backfill finds what was due last year, too. */
const yearsBack = 1;

/** Stands in the comment of a calendar entry for a day on which clocks are put forward. */
const gapMark = 'clocks are put forward';

/**
 * What Temporal needs to start runs at these times. Where clocks are put forward, Temporal leaves times of day out that do
 * not exist; entries for those days alone make them up at the next minute that there is.
 */
export function scheduleSpec(cadences: readonly Cadence[], jitterSeconds: number, now: Date): ScheduleSpec {
  const timezone = zoneOf(cadences);
  const calendars = cadences.flatMap(calendarsOf);
  const year = now.getUTCFullYear();
  const gaps = calendars.some(hasFixedHours)
    ? gapsBetween(timezone, Date.UTC(year - yearsBack, 0), Date.UTC(year + yearsAhead + 1, 0))
    : [];
  return {
    timezone,
    intervals: cadences.flatMap(intervalsOf).map(({ seconds, offsetSeconds }) => ({
      every: seconds * 1000,
      offset: offsetSeconds * 1000,
    })),
    calendars: [
      ...calendars.map(calendarSpec),
      ...cadences.flatMap((cadence) => (cadence.kind === 'once' ? [momentSpec(cadence.at)] : [])),
      ...gaps.filter((gap) => calendars.some((calendar) => isLost(calendar, gap))).map(gapSpec),
    ],
    ...(jitterSeconds > 0 ? { jitter: jitterSeconds * 1000 } : {}),
  };
}

export function isGapEntry({ comment }: Pick<CalendarSpec, 'comment'>): boolean {
  return comment?.endsWith(gapMark) === true;
}

/** The zone of all cadences that have one; a schedule has a single one. */
export function zoneOf(cadences: readonly Cadence[]): string {
  return cadences.flatMap((each) => ('timezone' in each ? [each.timezone] : []))[0] ?? 'UTC';
}

/** A time of the calendar falls into the gap. */
function isLost(calendar: Calendar, gap: Gap): boolean {
  if (!hasFixedHours(calendar)) return false;
  for (let wall = gap.from; wall < gap.to; wall += minute) if (matchesMinute(calendar, wall)) return true;
  return false;
}

function gapSpec({ from, to }: Gap): CalendarSpec {
  const clock = (wall: number) => new Date(wall).toISOString().slice(11, 16);
  return { ...moment(new Date(to)), comment: `${clock(from)} to ${clock(to)}: ${gapMark}` };
}

function momentSpec(at: string): CalendarSpec {
  return { ...moment(new Date(at)), comment: 'once' };
}

/** A time of a clock, given as if it were UTC. */
function moment(wall: Date): CalendarSpec {
  return {
    year: range(wall.getUTCFullYear()),
    month: range(monthName(wall.getUTCMonth() + 1)),
    dayOfMonth: range(wall.getUTCDate()),
    hour: range(wall.getUTCHours()),
    minute: range(wall.getUTCMinutes()),
    second: range(wall.getUTCSeconds()),
  };
}

function calendarSpec(calendar: Calendar): CalendarSpec {
  const { seconds, minutes, hours, daysOfMonth, months, daysOfWeek, years, comment } = calendar;
  return {
    second: ranges(seconds).map(numberRange),
    minute: ranges(minutes).map(numberRange),
    hour: ranges(hours).map(numberRange),
    dayOfMonth: ranges(daysOfMonth).map(numberRange),
    month: ranges(months).map(([start, end]) => ({ start: monthName(start), end: monthName(end) })),
    dayOfWeek: ranges(daysOfWeek).map(([start, end]) => ({ start: dayName(start), end: dayName(end) })),
    ...(years === null ? {} : { year: ranges(years).map(numberRange) }),
    comment,
  };
}

function range<T>(value: T): { start: T; end: T } {
  return { start: value, end: value };
}

function numberRange([start, end]: readonly [number, number]): { start: number; end: number } {
  return { start, end };
}

/** First and last of each row of numbers that follow each other. */
function ranges(values: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const value of values) {
    const last = found.at(-1);
    if (last !== undefined && value === last[1] + 1) last[1] = value;
    else found.push([value, value]);
  }
  return found;
}

function monthName(month: number): Month {
  return MONTHS[month - 1] ?? 'JANUARY';
}

function dayName(day: number): DayOfWeek {
  return DAYS_OF_WEEK[day] ?? 'SUNDAY';
}
