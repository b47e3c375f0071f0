import {
  type CalendarSpec,
  DAYS_OF_WEEK,
  type DayOfWeek,
  MONTHS,
  type Month,
  type ScheduleSpec,
} from '@temporalio/client';

import { type Calendar, hasFixedHours, matchesMinute } from '../domain/calendar.ts';
import type { Cadence } from '../domain/job.ts';
import { type ClockChange, changesBetween, instantsOf } from '../zones/clock-changes.ts';
import { partsOf } from './cadence-parts.ts';

const minute = 60_000;

/** Years after the present one whose changes of the clocks a schedule knows of; applying the jobs renews them. */
const yearsAhead = 3;
/** So that a backfill finds what was due last year, too. */
const yearsBack = 1;

/** The server refuses longer ones. */
const maxCommentBytes = 200;
/** Stands in the comment of a calendar entry for a day on which clocks are put forward. */
const gapMark = 'clocks are put forward';

/**
 * A moment is an interval from the Unix epoch to it: it comes again after half a century. An offset of that length would not do,
 * since the server (1.32) leaves out the first time of an interval that begins in the future.
 */
const shortestMoment = 30 * 365 * 86_400_000;

/**
 * Temporal deletes a schedule that is due no more a week after its last run: one that waits for another job, or for somebody to
 * trigger it, has this moment in the year 2100.
 */
export const never = Date.UTC(2100, 0, 1);

/** A job with more times in the hours that come twice is left to what the server makes of them. */
const maxMoments = 300;

/**
 * What Temporal needs to start runs at these times. Where clocks are put forward, Temporal leaves out times of day that do
 * not exist: calendar entries for those days alone make them up at the next minute that there is. Where clocks are put
 * back, it finds the one, the other, both or none of two equal times, by the zone: both are there as moments.
 */
export function scheduleSpec(cadences: readonly Cadence[], jitterSeconds: number, now: Date): ScheduleSpec {
  const timezone = zoneOf(cadences);
  const parts = cadences.map(partsOf);
  const calendars = parts.flatMap((part) => part.calendars);
  const changes = calendars.length > 0 ? changesAround(timezone, now) : [];
  const moments = repeatedMoments(timezone, calendars, changes);
  return {
    timezone,
    intervals: [
      ...parts
        .flatMap(({ intervals }) => intervals)
        .map(({ seconds, offsetSeconds }) => ({ every: seconds * 1000, offset: offsetSeconds * 1000 })),
      ...(moments.length > maxMoments ? [] : moments).map((at) => ({ every: at, offset: 0 })),
      ...(cadences.length === 0 ? [{ every: never, offset: 0 }] : []),
    ],
    calendars: [
      ...calendars.map(calendarSpec),
      ...cadences.flatMap((cadence) => (cadence.kind === 'once' ? [momentSpec(cadence.at)] : [])),
      ...changes.filter((change) => calendars.some((calendar) => isLost(calendar, change))).map(gapSpec),
    ],
    ...(jitterSeconds > 0 ? { jitter: jitterSeconds * 1000 } : {}),
  };
}

export function isGapEntry({ comment }: Pick<CalendarSpec, 'comment'>): boolean {
  return comment?.endsWith(gapMark) === true;
}

export function isMomentEntry({ every }: { readonly every: number }): boolean {
  return every > shortestMoment;
}

function changesAround(timezone: string, now: Date): ClockChange[] {
  const year = now.getUTCFullYear();
  return changesBetween(timezone, Date.UTC(year - yearsBack, 0), Date.UTC(year + yearsAhead + 1, 0));
}

/** Both times that clocks show what a calendar asks for, in order. */
function repeatedMoments(
  timezone: string,
  calendars: readonly Calendar[],
  changes: readonly ClockChange[],
): number[] {
  const walls = changes.flatMap(({ from, to }) =>
    calendars.flatMap((calendar) => timesBetween(calendar, to, from)),
  );
  const moments = new Set(walls.flatMap((wall) => instantsOf(timezone, wall)));
  return [...moments].sort((a, b) => a - b);
}

/** Of a calendar, between two wall times of which the first belongs to it. */
function timesBetween(calendar: Calendar, from: number, to: number): number[] {
  const walls: number[] = [];
  for (let wall = from; wall < to; wall += minute)
    if (matchesMinute(calendar, wall)) walls.push(...calendar.seconds.map((second) => wall + second * 1000));
  return walls;
}

/** The zone of all cadences that have one; a schedule has a single one. */
export function zoneOf(cadences: readonly Cadence[]): string {
  return cadences.flatMap((each) => ('timezone' in each ? [each.timezone] : []))[0] ?? 'UTC';
}

/** A time of the calendar falls into the gap. */
function isLost(calendar: Calendar, { from, to }: ClockChange): boolean {
  return hasFixedHours(calendar) && timesBetween(calendar, from, to).length > 0;
}

function gapSpec({ from, to }: ClockChange): CalendarSpec {
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
    comment: atMost(comment, maxCommentBytes),
  };
}

function range<T>(value: T): { start: T; end: T } {
  return { start: value, end: value };
}

function numberRange([start, end]: readonly [number, number]): { start: number; end: number } {
  return { start, end };
}

/** In whole characters. */
function atMost(text: string, bytes: number): string {
  const cut = Buffer.from(text).subarray(0, bytes).toString();
  return text.startsWith(cut) ? cut : cut.replace(/\uFFFD+$/, '');
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
