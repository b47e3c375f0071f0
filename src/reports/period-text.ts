import type { HourlyReport } from '../domain/hourly-report.ts';
import { offsetAt, offsetText, wallTime } from '../zones/zone-time.ts';

type Period = Pick<HourlyReport, 'periodStart' | 'periodEnd' | 'zone'>;

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** `Sunday 25 October 2026, 14:00 to 15:00`; with the offsets where clocks change in that hour. */
export function periodText(period: Period): string {
  const start = localTime(period.periodStart, period.zone);
  const end = localTime(period.periodEnd, period.zone);
  const day = dayFormat.format(wallTime(period.zone, Date.parse(period.periodStart)));
  if (start.offset === end.offset) return `${day}, ${start.time} to ${end.time}`;
  return `${day}, ${start.time} (UTC${start.offset}) to ${end.time} (UTC${end.offset})`;
}

/** `Europe/Berlin (UTC+02:00)` */
export function zoneText(period: Period): string {
  return `${period.zone} (UTC${localTime(period.periodStart, period.zone).offset})`;
}

/** `2026-10-25 14:00` */
export function localMinute(instant: string, zone: string): string {
  const { date, time } = localTime(instant, zone);
  return `${date} ${time}`;
}

function localTime(instant: string, zone: string): { date: string; time: string; offset: string } {
  const at = new Date(instant);
  const [date = '', time = ''] = new Date(wallTime(zone, at.getTime())).toISOString().split('T');
  return { date, time: time.slice(0, 5), offset: offsetText(offsetAt(zone, at.getTime())) };
}
