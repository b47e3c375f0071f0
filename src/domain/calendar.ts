/** Times of a wall clock: a second matches when every field does. Each field lists all of its values. */
export interface Calendar {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  /** 1 is January. */
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly daysOfWeek: readonly number[];
  /** Null: every year. */
  readonly years: readonly number[] | null;
  /** What somebody wrote, for people. */
  readonly comment: string;
}

export const everyDay = {
  daysOfMonth: numbers(1, 31),
  months: numbers(1, 12),
  daysOfWeek: numbers(0, 6),
  years: null,
} as const;

/** It names hours, so a change of the clocks can take one away or bring it twice; otherwise it follows the clock, whatever that shows. */
export function hasFixedHours({ hours }: Calendar): boolean {
  return hours.length < 24;
}

/** Whether the calendar has times on the day of a wall clock, which is given as if it were UTC. */
export function matchesDay(calendar: Calendar, wall: number): boolean {
  const date = new Date(wall);
  return (
    calendar.months.includes(date.getUTCMonth() + 1) &&
    calendar.daysOfMonth.includes(date.getUTCDate()) &&
    calendar.daysOfWeek.includes(date.getUTCDay()) &&
    (calendar.years?.includes(date.getUTCFullYear()) ?? true)
  );
}

/** Whether the calendar has a time within the minute of a wall clock, which is given as if it were UTC. */
export function matchesMinute(calendar: Calendar, wall: number): boolean {
  const date = new Date(wall);
  return (
    calendar.hours.includes(date.getUTCHours()) &&
    calendar.minutes.includes(date.getUTCMinutes()) &&
    matchesDay(calendar, wall)
  );
}

export function numbers(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}
