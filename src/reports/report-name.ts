import { offsetAt, offsetText, wallTime } from '../zones/zone-time.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * `hourly_YYYYMMDD_HHMM.xlsx` by the zone's wall clock at the start of the hour. Where clocks go back and that time comes
 * twice, both names carry the offset: `hourly_20261025_0200+0200.xlsx`.
 */
export function hourlyReportName(periodStart: Date, zone: string): string {
  const [date = '', time = ''] = new Date(wallTime(zone, periodStart.getTime())).toISOString().split('T');
  const stamp = `${date.replaceAll('-', '')}_${time.slice(0, 5).replace(':', '')}`;
  const offset = comesTwice(periodStart, zone)
    ? offsetText(offsetAt(zone, periodStart.getTime())).replace(':', '')
    : '';
  return `hourly_${stamp}${offset}.xlsx`;
}

/**
 * Where the zone's hour that contains the instant starts. A change of offset within an hour (Lord Howe Island moves its
 * clocks by 30 minutes) begins an hour of its own, so that hours never overlap.
 */
export function localHourStart(instant: Date, zone: string): Date {
  const offset = offsetAt(zone, instant.getTime());
  const sinceFullHour = (((instant.getTime() + offset) % hour) + hour) % hour;
  const start = instant.getTime() - sinceFullHour;
  if (offsetAt(zone, start) === offset) return new Date(start);
  return firstInstantWith(offset, start, instant.getTime(), zone);
}

/** Where the hour that starts at `start` ends, and the next one starts. */
export function localHourEnd(start: Date, zone: string): Date {
  return localHourStart(new Date(start.getTime() + hour), zone);
}

/** The offset changes once between `before` and `after`, and from there on it is `offset`. */
function firstInstantWith(offset: number, before: number, after: number, zone: string): Date {
  let without = before;
  let having = after;
  while (having - without > 1) {
    const middle = Math.floor((without + having) / 2);
    if (offsetAt(zone, middle) === offset) having = middle;
    else without = middle;
  }
  return new Date(having);
}

function comesTwice(instant: Date, zone: string): boolean {
  const offset = offsetAt(zone, instant.getTime());
  return [-day, day].some((distance) => {
    const other = offsetAt(zone, instant.getTime() + distance);
    const sameWallClock = new Date(instant.getTime() + offset - other);
    return other !== offset && offsetAt(zone, sameWallClock.getTime()) === other;
  });
}
