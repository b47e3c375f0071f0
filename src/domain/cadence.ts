import { type Calendar, everyDay } from './calendar.ts';
import { parseCron } from './cron.ts';
import type { Cadence } from './job.ts';

/** Those of a cadence; none for intervals. The cadence has been checked. */
export function calendarsOf(cadence: Cadence): Calendar[] {
  if (cadence.kind === 'daily') return cadence.times.map(dailyCalendar);
  if (cadence.kind !== 'cron') return [];
  return cadence.expressions.flatMap((expression) => {
    const parsed = parseCron(expression);
    return 'calendar' in parsed ? [parsed.calendar] : [];
  });
}

/** Every and offset, in seconds, of the intervals of a cadence. */
export function intervalsOf(
  cadence: Cadence,
): { readonly seconds: number; readonly offsetSeconds: number }[] {
  if (cadence.kind === 'interval') return [cadence];
  if (cadence.kind !== 'cron') return [];
  return cadence.expressions.flatMap((expression) => {
    const parsed = parseCron(expression);
    return 'interval' in parsed ? [parsed.interval] : [];
  });
}

function dailyCalendar(time: string): Calendar {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return { seconds: [0], minutes: [minute], hours: [hour], ...everyDay, comment: time };
}
