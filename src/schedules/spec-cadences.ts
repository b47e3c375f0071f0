import {
  type CalendarSpecDescription,
  DAYS_OF_WEEK,
  type IntervalSpecDescription,
  MONTHS,
  type ScheduleSpecDescription,
} from '@temporalio/client';

import { type Calendar, numbers } from '../domain/calendar.ts';
import type { Cadence } from '../domain/job.ts';
import { isGapEntry, isMomentEntry } from './schedule-spec.ts';

/** One calendar of a schedule; no years are all years. */
export interface Times extends Omit<Calendar, 'years' | 'comment'> {
  readonly years: readonly number[];
}

/** What a schedule says in our terms, whoever wrote it, less the entries for days on which clocks are changed. */
export function specCadences(spec: ScheduleSpecDescription): Cadence[] {
  const timezone = zoneOfSpec(spec);
  const intervals = (spec.intervals ?? []).filter((each) => !isMomentEntry(each)).map(intervalCadence);
  const calendars = (spec.calendars ?? []).filter((calendar) => !isGapEntry(calendar)).map(timesOf);
  const moments = calendars.filter(isMoment);
  const repeating = calendars.filter((times) => !isMoment(times));
  const daily = repeating.filter(isDaily);
  const expressions = repeating.filter((times) => !isDaily(times)).map(expression);
  return [
    ...intervals,
    ...(daily.length === 0 ? [] : [{ kind: 'daily' as const, times: daily.flatMap(clockTimes), timezone }]),
    ...(expressions.length === 0 ? [] : [{ kind: 'cron' as const, expressions, timezone }]),
    ...moments.map((times) => ({ kind: 'once' as const, at: momentText(times) })),
  ];
}

export function zoneOfSpec({ timezone = '' }: ScheduleSpecDescription): string {
  return timezone === '' ? 'UTC' : timezone;
}

export function intervalCadence({ every, offset }: IntervalSpecDescription): Cadence {
  // Without an offset the description has none, against its type.
  const offsetMs = (offset as number | undefined) ?? 0;
  return { kind: 'interval', seconds: every / 1000, offsetSeconds: offsetMs / 1000 };
}

export function timesOf(calendar: CalendarSpecDescription): Times {
  const values = (ranges: readonly { start: number; end: number; step: number }[]) =>
    sorted(ranges.flatMap(({ start, end, step }) => numbers(start, Math.max(start, end), step)));
  return {
    seconds: values(calendar.second),
    minutes: values(calendar.minute),
    hours: values(calendar.hour),
    daysOfMonth: values(calendar.dayOfMonth),
    months: values(
      calendar.month.map(({ start, end, step }) => ({
        start: MONTHS.indexOf(start) + 1,
        end: MONTHS.indexOf(end) + 1,
        step,
      })),
    ),
    daysOfWeek: values(
      calendar.dayOfWeek.map(({ start, end, step }) => ({
        start: DAYS_OF_WEEK.indexOf(start),
        end: DAYS_OF_WEEK.indexOf(end),
        step,
      })),
    ),
    years: values(calendar.year),
  };
}

function isMoment({ years, months, daysOfMonth, hours, minutes, seconds }: Times): boolean {
  return [years, months, daysOfMonth, hours, minutes, seconds].every(({ length }) => length === 1);
}

function isDaily({ seconds, minutes, hours, daysOfMonth, months, daysOfWeek, years }: Times): boolean {
  const isWhole = daysOfMonth.length === 31 && months.length === 12 && daysOfWeek.length === 7;
  return isWhole && years.length === 0 && seconds.join() === '0' && minutes.length === 1 && hours.length < 24;
}

function clockTimes({ hours, minutes }: Times): string[] {
  return hours.map((hour) => `${padded(hour)}:${padded(minutes[0] ?? 0)}`);
}

/** In the zone of the schedule, which for ours is UTC. */
function momentText({ years, months, daysOfMonth, hours, minutes, seconds }: Times): string {
  const [year = 0, month = 1, day = 1] = [years[0], months[0], daysOfMonth[0]];
  return new Date(Date.UTC(year, month - 1, day, hours[0], minutes[0], seconds[0])).toISOString();
}

function expression(times: Times): string {
  const { seconds, minutes, hours, daysOfMonth, months, daysOfWeek, years } = times;
  const five = [
    field(minutes, 60),
    field(hours, 24),
    field(daysOfMonth, 31),
    field(months, 12),
    field(daysOfWeek, 7),
  ].join(' ');
  const year = years.length === 0 ? '*' : years.join(',');
  if (seconds.join() !== '0') return `${field(seconds, 60)} ${five} ${year}`;
  return years.length === 0 ? five : `${five} ${year}`;
}

function field(values: readonly number[], all: number): string {
  return values.length === all ? '*' : values.join(',');
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
